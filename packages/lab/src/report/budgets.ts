/**
 * What is promised of Spillway's defaults under overload, beside what a live
 * run has measured: held, not held, or not told by a run like this.
 *
 * Pure.
 */
import { POLICIES } from '../policies/roster.ts'
import type { LiveFacts, Result, Row } from '../record/result.ts'
import { bytes } from './size-words.ts'

/** One promise, and what became of it in one run. */
export interface BudgetVerdict {
  readonly policy: string
  readonly times: number
  readonly promise: string
  readonly measured: string
  /** `within error`: what was measured lies below, by no more than chance explains. */
  readonly verdict: 'held' | 'within error' | 'not held' | 'not told'
}

/** Of what the server can do, so much is answered in time. */
const LEAST_GOODPUT = 0.99
/** Of the refusals, so many are given at once … */
const LEAST_EARLY = 0.9
/** … and 99 in 100 of them within so many milliseconds. */
const EARLY_P99_MS = 20
/** The gateway of a live run lets a sender wait 100 ms, keeps its stream in memory, and has 20 ms for all else. */
const ACCEPTED_P99_MS = 120
/** Memory grows by less than so much in a minute … */
const MOST_GROWTH_BYTES = 1e6
/** … which shows in no less time than this. */
const GROWTH_SHOWS_MS = 40_000

/** Those that predict, and so refuse on arrival. A limiter that serves its newest first refuses at the turn. */
const PREDICTS: readonly string[] = ['processor', 'gateway']

/** The promises of one run; none for what is not Spillway's, or a run that doesn't count. */
export function budgetsOf({ row, live }: Result): BudgetVerdict[] {
  const isOurs = row.policy === 'gateway' || POLICIES[row.policy]?.kind === 'spillway'
  // Below its capacity a server refuses nobody, and its goodput is the load.
  if (!live || !row.valid || !isOurs || row.times < 1.2) return []
  const of = (judged: Omit<BudgetVerdict, 'policy' | 'times'>): BudgetVerdict => ({
    policy: row.policy,
    times: row.times,
    ...judged,
  })
  return [
    of(goodput(row, live)),
    ...(row.policy === 'gateway' ? [of(atMostMs('p99 of a 202', row.p99Ms, ACCEPTED_P99_MS))] : []),
    ...(PREDICTS.includes(row.policy) ? [of(early(live.earlyShare))] : []),
    of(atMostMs('p99 of early refusals', live.earlyP99Ms, EARLY_P99_MS)),
    of(growth(row, live)),
  ]
}

type Judged = Omit<BudgetVerdict, 'policy' | 'times'>

function goodput({ goodputRatio, goodputPerSecond, ceiling, policy }: Row, live: LiveFacts): Judged {
  const share = goodputRatio / ceiling
  const answers = (goodputPerSecond * live.watchedMs) / 1000
  // What the gateway delivers to keeps its rate, to an event; other services take as long as chance wills.
  const error = policy === 'gateway' ? 1 / answers : Math.hypot(1 / Math.sqrt(answers), live.capacityError)
  const doubt = answers > 0 ? 2 * error : 0
  const isWithin = share + doubt >= LEAST_GOODPUT
  return {
    promise: `goodput at least ${LEAST_GOODPUT} of the ceiling`,
    measured: doubt > 0 ? `${share.toFixed(3)} ± ${doubt.toFixed(3)}` : share.toFixed(3),
    verdict: share >= LEAST_GOODPUT ? 'held' : isWithin ? 'within error' : 'not held',
  }
}

function early(share: number | null): Judged {
  const promise = `at least ${100 * LEAST_EARLY} % of refusals early`
  if (share === null) return { promise, measured: 'none', verdict: 'not told' }
  return {
    promise,
    measured: `${(100 * share).toFixed(1)} %`,
    verdict: share >= LEAST_EARLY ? 'held' : 'not held',
  }
}

function atMostMs(what: string, measuredMs: number | null, mostMs: number): Judged {
  const promise = `${what} at most ${mostMs} ms`
  if (measuredMs === null) return { promise, measured: 'none', verdict: 'not told' }
  return {
    promise,
    measured: `${measuredMs.toFixed(1)} ms`,
    verdict: measuredMs <= mostMs ? 'held' : 'not held',
  }
}

function growth({ memorySlopeBytesPerMinute }: Row, { watchedMs }: LiveFacts): Judged {
  const promise = `memory grows by less than ${bytes(MOST_GROWTH_BYTES)} a minute`
  if (watchedMs < GROWTH_SHOWS_MS) return { promise, measured: 'too short a run', verdict: 'not told' }
  return {
    promise,
    measured: bytes(Math.max(0, memorySlopeBytesPerMinute)),
    verdict: memorySlopeBytesPerMinute < MOST_GROWTH_BYTES ? 'held' : 'not held',
  }
}
