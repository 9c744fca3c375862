/**
 * The diagnosis of one stream: a verdict, a sentence, its evidence and a
 * remedy, in the words of the gateway's settings.
 *
 * What is known for certain goes first (`standstill`), then what the numbers
 * of the backlog say (`falling-behind`). One thing the library can't know is
 * put right here: it takes workers for independent of each other, but those of
 * a gateway share one sink, which is slower for each the more of them ask. A
 * sink that delivers as much as it ever did has not become slow.
 *
 * Pure; imports `spillway`, `falling-behind`, `standstill`, `wording`.
 */
import type { OverflowEvidence } from 'spillway'
import type { ChangeableSettings, DiagnosisState } from '../protocol/state.ts'
import { type Judgement, judge, type Lately, lately, type Queue } from './falling-behind.ts'
import { type DeliveryFacts, standstill } from './standstill.ts'
import type { WatchedBins } from './stream-watch.ts'
import { say, sayCount, sayMs, sayRate } from './wording.ts'

/** Delivering so much of its best, a sink is not slow. */
const AS_EVER = 0.87
/** A load that can be planned for. */
const PLANNED_LOAD = 0.8
/** Less work than this waiting is none worth a word. */
const SHORT_MS = 1000
const NO_SHARES = {
  'queue-too-small': 0,
  'consumer-too-slow': 0,
  'inbound-above-capacity': 0,
  stalled: 0,
}

/** What is known of a stream. */
export interface StreamFacts extends DeliveryFacts {
  readonly bins: WatchedBins
  readonly settings: Pick<ChangeableSettings, 'rate' | 'concurrency'>
  /** How many deliveries may run at once now. */
  readonly concurrencyLimit: number
  readonly maxItems: number
  /** Whether the backlog is stored, or the window is all there is. */
  readonly isStored: boolean
  /** Whether a newcomer pushes out the oldest, or is itself refused. */
  readonly pushesOut: boolean
}

/** The diagnosis of a stream that delivers nothing for a reason that is certain; cheap. */
export function diagnoseStandstill(facts: DeliveryFacts): DiagnosisState | undefined {
  const still = standstill(facts)
  return still && { verdict: 'stalled', ...still, shares: { ...NO_SHARES, stalled: 1 } }
}

/** Diagnoses one stream. Costs some passes over 4,800 bins: for a dashboard or a scrape. */
export function diagnoseStream(facts: StreamFacts): DiagnosisState {
  const still = diagnoseStandstill(facts)
  if (still) return still
  const judgement = judge(facts.bins, queueOf(facts))
  if (!judgement) return healthy(facts)
  const verdict = verdictOf(judgement)
  const shares = judgement.diagnosis.shares
  const saying = SAYINGS[verdict](facts, judgement)
  return { verdict, ...saying, ...pastTense(verdict, judgement.lately), shares }
}

type Cause = Exclude<DiagnosisState['verdict'], 'healthy'>
type Saying = Pick<DiagnosisState, 'sentence' | 'evidence' | 'remedy'>

function queueOf({ concurrencyLimit, settings, maxItems, isStored }: StreamFacts): Queue {
  return { concurrency: concurrencyLimit, ratePerSecond: settings.rate?.ratePerSecond, maxItems, isStored }
}

function verdictOf({ diagnosis, lately }: Judgement): Cause {
  const { verdict } = diagnosis
  // Judged healthy, there would be no judgement.
  if (verdict === 'healthy') return 'inbound-above-capacity'
  const isAsEver = lately.deliveredPerSecond >= AS_EVER * lately.bestPerSecond
  const isFlooded = isAsEver && !keepsUp(lately)
  return verdict === 'consumer-too-slow' && isFlooded ? 'inbound-above-capacity' : verdict
}

/** Whether as much is delivered now as arrives, and nothing is dropped. */
function keepsUp({ inboundPerSecond, deliveredPerSecond, dropped }: Lately): boolean {
  return dropped === 0 && deliveredPerSecond >= inboundPerSecond
}

/** Of what has passed and is still told: that it has passed. */
function pastTense(verdict: Cause, lately: Lately): Pick<Saying, 'sentence' | 'remedy'> | undefined {
  const past = PAST[verdict]
  if (past === undefined || !keepsUp(lately)) return undefined
  const now = `${sayRate(lately.deliveredPerSecond)} are delivered and ${sayRate(lately.inboundPerSecond)} arrive`
  return {
    sentence: `${past.was}; it is over: ${now}.`,
    remedy: `Nothing now. Should it come back, ${past.remedy}.`,
  }
}

const PAST: Readonly<Partial<Record<Cause, { readonly was: string; readonly remedy: string }>>> = {
  'consumer-too-slow': {
    was: 'The sink was slow',
    remedy: 'find what slows the consumer, or let it take more at once',
  },
  'inbound-above-capacity': {
    was: 'More arrived than could be delivered',
    remedy: 'add consumers, or cap ingress',
  },
}

const SAYINGS: Readonly<Record<Cause, (facts: StreamFacts, judgement: Judgement) => Saying>> = {
  'inbound-above-capacity': excess,
  'consumer-too-slow': slowness,
  'queue-too-small': shortness,
  stalled: stall,
}

function excess(facts: StreamFacts, { lately, drops }: Judgement): Saying {
  const { inboundPerSecond, deliveredPerSecond } = lately
  const { rate } = facts.settings
  const isHeld = rate !== null && deliveredPerSecond >= AS_EVER * rate.ratePerSecond
  const bound = isHeld ? 'the delivery rate allows' : 'the sink takes'
  return {
    sentence: `${sayRate(inboundPerSecond)} arrive and ${bound} ${sayRate(deliveredPerSecond)}: ${consequence(facts, lately, drops)}.`,
    evidence: evidenceOf(facts, lately),
    remedy: isHeld
      ? `Raise the delivery rate above ${sayRate(inboundPerSecond)} if the consumer can take it, or ${capIngress(lately)}.`
      : `Add consumers, or ${moreAtOnce(facts, lately)}; else ${capIngress(lately)}.`,
  }
}

function slowness(facts: StreamFacts, { lately, drops, diagnosis }: Judgement): Saying {
  const { inboundPerSecond, deliveredPerSecond, bestPerSecond } = lately
  return {
    sentence: `The sink has become slow: it takes ${sayRate(deliveredPerSecond)} of the ${sayRate(inboundPerSecond)} that arrive, and took ${sayRate(bestPerSecond)} before: ${consequence(facts, lately, drops)}.`,
    evidence: [...evidenceOf(facts, lately), ...slowerBy(diagnosis.evidence)],
    remedy: `Find what slows the consumer, or ${moreAtOnce(facts, lately)}; until then ${capIngress(lately)}.`,
  }
}

function shortness(facts: StreamFacts, { lately, diagnosis }: Judgement): Saying {
  const { maxItems, isStored } = facts
  const { evidence } = diagnosis
  const setting = isStored ? 'backlog.items' : 'window.items'
  const wanted = Math.max(evidence?.capacityNeeded ?? 0, Math.ceil(1.25 * maxItems) + 1)
  const addedMs = (1000 * (wanted - maxItems)) / Math.max(1, evidence?.usualServicePerSecond ?? 1)
  return {
    sentence: `Bursts overflow the ${say(maxItems)} places of the stream, though the sink keeps up in the mean.`,
    evidence: evidenceOf(facts, lately),
    remedy: `Raise ${setting} from ${say(maxItems)} to ${say(wanted)}: that adds up to ${sayMs(addedMs)} of waiting.`,
  }
}

function stall(facts: StreamFacts, { lately, diagnosis, drops }: Judgement): Saying {
  const stoodMs = diagnosis.evidence?.longestStallMs ?? 0
  return {
    sentence: `Nothing was delivered for ${sayMs(stoodMs)} while events waited: ${consequence(facts, lately, drops)}.`,
    evidence: evidenceOf(facts, lately),
    remedy: 'Look for a consumer that hangs or restarts, or an event loop that is blocked.',
  }
}

function healthy({ bins, queued }: StreamFacts): DiagnosisState {
  const { deliveredPerSecond, inboundPerSecond } = lately(bins)
  const isShort = queued <= (deliveredPerSecond * SHORT_MS) / 1000
  const nothing = inboundPerSecond === 0 && queued === 0
  const flowing = nothing ? 'Nothing arrives, and nothing waits.' : 'Events are delivered as they come.'
  const sentence = isShort || deliveredPerSecond === 0 ? flowing : waiting(queued, lately(bins))
  return { verdict: 'healthy', sentence, evidence: [], remedy: '', shares: NO_SHARES }
}

function waiting(queued: number, { deliveredPerSecond, inboundPerSecond }: Lately): string {
  const who = `${sayCount(queued, 'event')} wait`
  const gain = deliveredPerSecond - inboundPerSecond
  return gain > 0
    ? `${who}; at this pace they are delivered in ${sayMs((1000 * queued) / gain)}.`
    : `${who}: ${sayMs((1000 * queued) / deliveredPerSecond)} of work.`
}

function consequence(facts: StreamFacts, lately: Lately, drops: boolean): string {
  const { queued, maxItems, pushesOut } = facts
  if (drops) return pushesOut ? 'the oldest are pushed out' : 'what finds no place is refused'
  const growthPerSecond = lately.inboundPerSecond - lately.deliveredPerSecond
  if (growthPerSecond <= 0) return `${sayCount(queued, 'event')} wait`
  const fullMs = (1000 * Math.max(0, maxItems - queued)) / growthPerSecond
  return `the backlog grows by ${sayRate(growthPerSecond)}, and is full in ${sayMs(fullMs)}`
}

function evidenceOf(
  { queued, maxItems, inFlight, concurrencyLimit, pushesOut }: StreamFacts,
  { dropped }: Lately,
): string[] {
  const facts = [
    `${say(queued)} of ${say(maxItems)} places are taken`,
    `${say(inFlight)} of ${say(concurrencyLimit)} deliveries are under way`,
  ]
  const how = pushesOut ? 'pushed out' : 'refused'
  return dropped > 0 ? [...facts, `${sayCount(dropped, 'event')} ${how} in the last 10 s`] : facts
}

function slowerBy(evidence: OverflowEvidence | undefined): readonly string[] {
  if (!evidence || evidence.servicePerSecond === 0) return []
  const factor = evidence.usualServicePerSecond / evidence.servicePerSecond
  return factor > 1 ? [`one delivery takes ${say(factor)} times as long as usual`] : []
}

function moreAtOnce({ settings, concurrencyLimit }: StreamFacts, lately: Lately): string {
  const { concurrency } = settings
  const most = typeof concurrency === 'number' ? concurrency : concurrency.max
  if (concurrencyLimit < most) {
    return `mend what fails there: failures hold its concurrency at ${say(concurrencyLimit)} of ${say(most)}`
  }
  const load = lately.inboundPerSecond / Math.max(1e-9, lately.deliveredPerSecond)
  const wanted = Math.ceil(Math.min(100 * most, (most * load) / PLANNED_LOAD))
  return `raise concurrency from ${say(most)} to ${say(wanted)} if it can take more at once`
}

function capIngress({ deliveredPerSecond }: Lately): string {
  return `cap ingress at ${sayRate(deliveredPerSecond)}`
}
