/** Nobody misspells longer words, and the distance costs the product of both lengths. */
const LONGEST = 64

const normal = (word: string): string => word.toLowerCase().replaceAll(/[_-]/g, '')

/** How many letters to insert, leave out, change or swap with their neighbour (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const swapped = row > 1 && one[row - 2] === other[column - 1] && one[row - 1] === other[column - 2]
      const changed = (last[column - 1] ?? 0) + (same ? 0 : 1)
      const best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, changed)
      current.push(swapped ? Math.min(best, (beforeLast[column - 2] ?? 0) + 1) : best)
    }
    beforeLast = last
    last = current
  }
  return last[other.length] ?? 0
}

/** Zero is the same word but for case, hyphens and underscores; undefined is too far. */
function likeness(word: string, candidate: string): number | undefined {
  if (word.length >= 3 && (candidate.startsWith(word) || word.startsWith(candidate))) return 0.5
  const distance = editDistance(word, candidate)
  return distance <= Math.max(1, Math.floor(word.length / 3)) ? distance : undefined
}

/** The candidate that `word` was probably meant to be; undefined where none is near. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const same = normal(word) === normal(candidate)
    const distance = same ? 0 : likeness(normal(word), normal(candidate))
    if (distance !== undefined && (best === undefined || distance < best.distance)) {
      best = { candidate, distance }
    }
  }
  return best?.candidate
}
