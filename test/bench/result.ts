/** What a scenario came to: medians of its rounds. */
export interface Result {
  readonly name: string
  readonly perSecond: number
  readonly cpuMicrosPerMessage: number
  readonly [figure: string]: number | string
}
