/**
 * What the user's functions say about an item: its weight, importance and key.
 *
 * Floor 4: imports `gate`, `options`.
 */
import { CRITICALITIES, type Criticality, criticalityRank } from '../gate/criticality.ts'
import { OptionError, show } from '../options/option-error.ts'
import type { JobTraits } from './job.ts'

/** The functions that are asked once about each item, on arrival. */
export interface TraitFunctions<T> {
  readonly weigh?: ((item: T) => number) | undefined
  readonly criticality?: ((item: T) => Criticality) | undefined
  readonly orderBy?: ((item: T) => string) | undefined
}

const DEFAULT_RANK = criticalityRank('critical')

/** Those of every item when no function is given. */
export const PLAIN: JobTraits = { weight: 1, rank: DEFAULT_RANK, key: undefined }

/**
 * Asks about one item.
 *
 * @throws OptionError when an answer is out of its range; what a function throws is passed on
 */
export function traitsOf<T>(owner: string, functions: TraitFunctions<T>, item: T): JobTraits {
  const { weigh, criticality, orderBy } = functions
  if (!weigh && !criticality && !orderBy) return PLAIN
  return {
    weight: weigh ? checkedWeight(owner, weigh(item)) : 1,
    rank: criticality ? checkedRank(owner, criticality(item)) : DEFAULT_RANK,
    key: orderBy ? checkedKey(owner, orderBy(item)) : undefined,
  }
}

function checkedWeight(owner: string, weight: number): number {
  if (typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight
  throw new OptionError(
    owner,
    'weigh',
    `"weigh" must return a finite number of at least 0, got ${show(weight)}`,
  )
}

function checkedRank(owner: string, criticality: Criticality): number {
  const rank = criticalityRank(criticality)
  if (rank >= 0) return rank
  const problem = `"criticality" must return one of ${CRITICALITIES.join(', ')}, got ${show(criticality)}`
  throw new OptionError(owner, 'criticality', problem)
}

function checkedKey(owner: string, key: string): string {
  if (typeof key === 'string') return key
  throw new OptionError(owner, 'orderBy', `"orderBy" must return a string, got ${show(key)}`)
}
