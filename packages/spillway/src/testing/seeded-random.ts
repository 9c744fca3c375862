/**
 * Random numbers that repeat: same seed, same run.
 *
 * Source: sfc32 by C. Doty-Humphrey, from PractRand; the seed is spread by splitmix32.
 *
 * Floor: testing. Imports nothing.
 */

/** A generator of numbers in [0, 1), as `Math.random`, that repeats for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  const spread = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
  let a = spread()
  let b = spread()
  let c = spread()
  let counter = 1
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4294967296
  }
}
