import type { Result } from './result.ts'

const COLUMNS = ['scenario', 'per second', 'CPU us each', 'of raw echo', 'by CPU', 'subject', 'load', 'sink']

function percent(share: number | string | undefined): string {
  return typeof share === 'number' ? `${Math.round(share * 100)} %` : ''
}

function ratio(one: number, other: number | undefined): string {
  return other === undefined || one === 0 ? '' : (one / other).toFixed(2)
}

function rowOf(result: Result, echo: Result | undefined): string[] {
  const { name, perSecond, cpuMicrosPerMessage, subjectShare, loadShare, sinkShare } = result
  return [
    name,
    Math.round(perSecond).toLocaleString('en'),
    cpuMicrosPerMessage.toFixed(1),
    ratio(perSecond, echo?.perSecond),
    echo === undefined ? '' : ratio(echo.cpuMicrosPerMessage, cpuMicrosPerMessage),
    percent(subjectShare),
    percent(loadShare),
    percent(sinkShare),
  ]
}

/** A goal and how far it is reached; undefined where the scenarios that it compares were not run. */
interface Goal {
  readonly text: string
  readonly figure: number | undefined
  readonly isReached: (figure: number) => boolean
}

function goalsOf(results: readonly Result[]): Goal[] {
  const of = (name: string): Result | undefined => results.find((result) => result.name === name)
  const rates = (one: string, other: string): number | undefined => {
    const [above, below] = [of(one)?.perSecond, of(other)?.perSecond]
    return above === undefined || below === undefined ? undefined : above / below
  }
  const costs = (one: string, other: string): number | undefined => {
    const [above, below] = [of(one)?.cpuMicrosPerMessage, of(other)?.cpuMicrosPerMessage]
    return above === undefined || below === undefined ? undefined : above / below
  }
  const bytes = of('device-memory')?.bytesPerDevice
  return [
    {
      text: 'coap-post / raw-echo, at least 0.7',
      figure: rates('coap-post', 'raw-echo'),
      isReached: (figure) => figure >= 0.7,
    },
    {
      text: 'notify-con-qos1 / naive-notify-con-qos1, at least 2',
      figure: rates('notify-con-qos1', 'naive-notify-con-qos1'),
      isReached: (figure) => figure >= 2,
    },
    {
      text: 'CPU of map-plain / map-handwritten, at most 1.15',
      figure: costs('map-plain', 'map-handwritten'),
      isReached: (figure) => figure <= 1.15,
    },
    {
      text: 'CPU of map-plain-alone / map-handwritten-alone, at most 2',
      figure: costs('map-plain-alone', 'map-handwritten-alone'),
      isReached: (figure) => figure <= 2,
    },
    {
      text: 'CPU of a notification at 100,000 devices / at 1,000, at most 1.2',
      figure: costs('fleet-notify-100k', 'fleet-notify-1k'),
      isReached: (figure) => figure <= 1.2,
    },
    {
      text: 'bytes of a registered device with an observation, at most 4096',
      figure: typeof bytes === 'number' ? bytes : undefined,
      isReached: (figure) => figure <= 4096,
    },
  ]
}

function goalLine({ text, figure, isReached }: Goal): string[] {
  if (figure === undefined) return []
  const shown = figure < 100 ? figure.toFixed(2) : Math.round(figure).toString()
  return [`${isReached(figure) ? 'reached' : 'MISSED '}  ${shown.padStart(6)}  ${text}`]
}

/** The results as a table for people, with their ratios to the raw echo, and the goals below. */
export function tableOf(results: readonly Result[]): string {
  const echo = results.find(({ name }) => name === 'raw-echo')
  const rows = [COLUMNS, ...results.map((result) => rowOf(result, echo))]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [...lines, '', ...goalsOf(results).flatMap(goalLine)].join('\n').trimEnd()
}
