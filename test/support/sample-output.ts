/** An output in a document, with `…` for what it leaves out, held against a real one. */

/** Takes out what differs between two runs: ids, numbers that are values in JSON, ports. */
function normalise(line: string): string {
  return line
    .trim()
    .replaceAll(/"(id|registration|predecessor)":"[^"…]*"/g, '"$1":"ID"')
    .replaceAll(/":-?\d+(\.\d+)?(?=[,}…])/g, '":N')
    .replaceAll(/(\w+:\/\/[\d.]+):\d+/g, '$1:N')
}

/** Of a line that is JSON, its bracket. */
const firstWord = (line: string): string => line.split(line.startsWith('{') ? /(?<=^\{)/ : ' ', 1)[0] ?? ''

function fits(sample: string, real: string): boolean {
  const parts = sample.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(real)
}

/**
 * The lines of a document's sample that the real output does not have: each must fit a line of its own, in the order
 * of those that begin with the same word (a topic). Which topics come first is a matter of the moment.
 */
export function linesWithoutMatch(sample: string, real: string): string[] {
  const queues = Map.groupBy(real.split('\n').map(normalise), firstWord)
  return sample
    .split('\n')
    .filter((line) => line.trim() !== '' && line.trim() !== '…')
    .filter((line) => {
      const wanted = normalise(line)
      const queue = queues.get(firstWord(wanted)) ?? []
      const index = queue.findIndex((candidate) => fits(wanted, candidate))
      queue.splice(0, index + 1)
      return index < 0
    })
}
