/**
 * "Did you mean …?": the known word that a mistyped one is nearest to.
 *
 * Source: the restricted edit distance (optimal string alignment): insert, delete, replace, swap two neighbours.
 *
 * Pure; imports nothing.
 */

/** The nearest of `known`; `undefined` when none is near: within 3 edits and 40 % of the longer word. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let fewest = 4
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest && edits <= 0.4 * Math.max(word.length, candidate.length)) {
      nearest = candidate
      fewest = edits
    }
  }
  return nearest
}

function distance(a: string, b: string): number {
  let older: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replace = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let best = Math.min(replace, last[column]! + 1, current[column - 1]! + 1)
      const swaps = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swaps) best = Math.min(best, older[column - 2]! + 1)
      current.push(best)
    }
    older = last
    last = current
  }
  return last[b.length]!
}
