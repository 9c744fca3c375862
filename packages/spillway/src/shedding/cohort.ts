/**
 * Cohorts: 128 groups of callers, so that within one class the same callers
 * are shed for a while, instead of all of them a little. A task of several
 * calls then either works or doesn't, where random shedding of every second
 * call would ruin three quarters of all tasks of two.
 *
 * Which cohort a caller is in changes with each epoch: nobody is last for ever.
 *
 * Source: the user levels of DAGOR; the hash is FNV-1a (Fowler, Noll, Vo).
 * Floor 3: imports nothing.
 */

/** How many cohorts each class has. */
export const COHORTS = 128

/** The cohort of a key, from 0 to `COHORTS - 1`, in an epoch. The salt keeps callers from choosing theirs. */
export function cohortOf(key: string, epoch: number, salt: number): number {
  let hash = (0x811c9dc5 ^ salt) >>> 0
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ epoch, 0x01000193)
  // The low bits of FNV are its weakest: fold the high ones in.
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) & (COHORTS - 1)
}
