/**
 * The vectors of golang.org/x/time/rate, over `TokenBucket`, `RateLimiter` and `Sometimes`. Each passes, or
 * stands in the difference table of README.md; table and code are compared, both ways.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isOverloadError } from '../errors/overload-error.ts'
import { OptionError } from '../options/option-error.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { RateLimiter } from './rate-limiter.ts'
import { rateEvery } from './rate-rules.ts'
import { Sometimes, type SometimesOptions } from './sometimes.ts'
import { TokenBucket } from './token-bucket.ts'

type Kind = 'time never rewinds' | 'cancel is idempotent' | 'an aborted signal wins' | 'quirk refused'

/** The vectors that do not pass, each with the kind of its difference. */
const differsFromGo: Readonly<Record<string, Kind>> = {
  TestLimiterJumpBackwards: 'time never rewinds',
  TestReserveJumpBack: 'time never rewinds',
  TestReserveJumpBackCancel: 'time never rewinds',
  'extra/DoubleCancelOverRestores': 'cancel is idempotent',
  'extra/WaitBurstErrorBeforeCanceled': 'an aborted signal wins',
  'extra/CancelInfReservationAfterSetLimit': 'quirk refused',
  'extra/NegativeN': 'quirk refused',
}

type Answer = Readonly<Record<string, unknown>>

interface Step {
  readonly op: string
  readonly atMs: number
  readonly n: number
  readonly id: string
  readonly limit: number | 'inf'
  readonly burst: number
  readonly intervalMs: number
  readonly untilMs: number
  readonly stepMs: number
  readonly maxWaitMs?: number
  readonly ctx: { readonly canceled?: boolean; readonly cancelAtMs?: number; readonly deadlineAtMs?: number }
  readonly expect: Answer
}

interface Vector {
  readonly name: string
  readonly limit: number | 'inf'
  readonly burst: number
  readonly sometimes?: SometimesOptions
  readonly steps: readonly Step[]
}

interface Reserved {
  readonly ok: boolean
  readonly delayMs: number
  cancel(atMs: number): void
}

/** What a vector needs to be run. */
interface Subject {
  goTo(atMs: number): Promise<void> | void
  tokens(atMs: number): number
  allow(atMs: number, n: number): boolean
  reserve(step: Step): Reserved
  setRate(atMs: number, ratePerSecond: number): void
  setBurst(atMs: number, burst: number): void
  wait?(step: Step): Promise<Answer>
  readonly ratePerSecond: number
  readonly burst: number
}

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const vectors: readonly Vector[] = JSON.parse(fixture('rate-vectors.json'))
const tags: Readonly<Record<string, readonly string[]>> = JSON.parse(fixture('rate-vector-tags.json'))
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')

const rateOf = (limit: number | 'inf'): number => (limit === 'inf' ? Number.POSITIVE_INFINITY : limit)

class BucketSubject implements Subject {
  readonly #bucket: TokenBucket

  constructor(vector: Vector) {
    this.#bucket = new TokenBucket({ ratePerSecond: rateOf(vector.limit), burst: vector.burst })
  }

  goTo(): void {}
  tokens(atMs: number): number {
    return this.#bucket.tokens(atMs)
  }
  allow(atMs: number, n: number): boolean {
    return this.#bucket.allow(atMs, n)
  }
  reserve({ atMs, n, maxWaitMs }: Step): Reserved {
    const grant = this.#bucket.reserve(atMs, n, maxWaitMs)
    return {
      ok: grant !== undefined,
      delayMs: grant?.delayMs ?? Number.POSITIVE_INFINITY,
      cancel: (nowMs) => grant && this.#bucket.cancel(nowMs, grant),
    }
  }
  setRate(atMs: number, ratePerSecond: number): void {
    this.#bucket.setRate(atMs, ratePerSecond)
  }
  setBurst(atMs: number, burst: number): void {
    this.#bucket.setBurst(atMs, burst)
  }
  get ratePerSecond(): number {
    return this.#bucket.ratePerSecond
  }
  get burst(): number {
    return this.#bucket.burst
  }
}

class LimiterSubject implements Subject {
  readonly #clock = new VirtualClock()
  readonly #limiter: RateLimiter

  constructor(vector: Vector) {
    const options = { ratePerSecond: rateOf(vector.limit), burst: vector.burst }
    this.#limiter = new RateLimiter({ ...options, clock: this.#clock })
  }

  async goTo(atMs: number): Promise<void> {
    const ms = atMs - this.#clock.nowMs()
    if (ms >= 0) await this.#clock.advanceAsync(ms)
    else this.#clock.step(ms)
  }
  tokens(): number {
    return this.#limiter.tokens
  }
  allow(_atMs: number, n: number): boolean {
    return this.#limiter.allow(n)
  }
  reserve({ n }: Step): Reserved {
    return this.#limiter.reserve(n)
  }
  setRate(_atMs: number, ratePerSecond: number): void {
    this.#limiter.setRate(ratePerSecond)
  }
  setBurst(_atMs: number, burst: number): void {
    this.#limiter.setBurst(burst)
  }
  async wait({ atMs, n, ctx }: Step): Promise<Answer> {
    const gone = new AbortController()
    if (ctx.canceled) gone.abort()
    if (ctx.cancelAtMs !== undefined) this.#clock.schedule(ctx.cancelAtMs - atMs, () => gone.abort())
    const timeoutMs = ctx.deadlineAtMs === undefined ? undefined : ctx.deadlineAtMs - atMs
    const err = await this.#limiter.wait({ n, signal: gone.signal, timeoutMs }).then(() => null, errorName)
    return { err, settledAtMs: this.#clock.nowMs() }
  }
  get ratePerSecond(): number {
    return this.#limiter.ratePerSecond
  }
  get burst(): number {
    return this.#limiter.burst
  }
}

/** The name that the vectors give to an error. A deadline that has passed is a negative wait: a mistake, here. */
function errorName(error: unknown): string {
  if (error instanceof OptionError && error.option === 'timeoutMs') return 'deadline'
  if (!isOverloadError(error)) return 'canceled'
  return error.code === 'ERR_COST_EXCEEDS_BURST' ? 'burst' : 'deadline'
}

/** Runs the steps of a vector, and lists what differs from what they expect. */
async function run(vector: Vector, subject: Subject): Promise<string[]> {
  const differences: string[] = []
  const reserved = new Map<string, Reserved & { atMs: number }>()
  const judge = (step: Step, answer: Answer): void => {
    for (const [key, expected] of Object.entries(step.expect)) {
      if (isClose(key, answer[key], expected)) continue
      differences.push(`${step.op} at ${step.atMs}: ${key} ${answer[key]}, expected ${expected}`)
    }
  }
  const waits: Promise<void>[] = []
  for (const step of vector.steps) {
    if (step.atMs !== undefined) await subject.goTo(step.atMs)
    if (step.op === 'waitN') waits.push(subject.wait!(step).then((answer) => judge(step, answer)))
    else judge(step, await answerOf(step, subject, reserved))
    if (waits.length > 0) await promisesSettled()
  }
  await subject.goTo(1e6)
  await Promise.all(waits)
  return differences
}

async function answerOf(
  step: Step,
  subject: Subject,
  reserved: Map<string, Reserved & { atMs: number }>,
): Promise<Answer> {
  const { atMs, n, id } = step
  const held = reserved.get(id)
  switch (step.op) {
    case 'tokensAt':
      return { tokens: subject.tokens(atMs) }
    case 'allowN':
      return { ok: subject.allow(atMs, n) }
    case 'loopAllowN':
      return { okCount: await countAllowed(step, subject) }
    case 'reserveN': {
      const reservation = subject.reserve(step)
      reserved.set(id, Object.assign(reservation, { atMs }))
      return { ok: reservation.ok, delayMs: reservation.delayMs }
    }
    case 'delayFrom':
      return { delayMs: Math.max(0, held!.atMs + held!.delayMs - atMs) }
    case 'cancelAt':
      held!.cancel(atMs)
      return { tokens: subject.tokens(atMs) }
    case 'setLimitAt':
      subject.setRate(atMs, rateOf(step.limit))
      return { limit: subject.ratePerSecond, tokens: subject.tokens(atMs) }
    case 'setBurstAt':
      subject.setBurst(atMs, step.burst)
      return { burst: subject.burst, tokens: subject.tokens(atMs) }
    case 'every':
      return { limit: rateEvery(step.intervalMs) }
    default:
      return { limit: subject.ratePerSecond, burst: subject.burst }
  }
}

async function countAllowed(step: Step, subject: Subject): Promise<number> {
  let okCount = 0
  for (let atMs = step.atMs; atMs < step.untilMs; atMs += step.stepMs) {
    await subject.goTo(atMs)
    if (subject.allow(atMs, step.n)) okCount++
  }
  return okCount
}

function isClose(key: string, actual: unknown, expected: unknown): boolean {
  const wanted = expected === 'inf' ? Number.POSITIVE_INFINITY : expected
  if (Object.is(actual, wanted)) return true
  if (typeof actual !== 'number' || typeof wanted !== 'number') return false
  const tolerance = key.endsWith('Ms') ? 1e-5 : 1e-6
  return Math.abs(actual - wanted) <= tolerance
}

async function runSometimes(vector: Vector): Promise<string[]> {
  const clock = new VirtualClock()
  const sometimes = new Sometimes({ ...vector.sometimes, clock })
  const differences: string[] = []
  for (const step of vector.steps) {
    clock.advanceTo(step.atMs)
    const ran = sometimes.run(() => {})
    if (ran !== step.expect['ran']) differences.push(`do at ${step.atMs}: ran ${ran}`)
  }
  return differences
}

/** Runs a vector over everything that can run it; a mistake that is refused with an `OptionError` is a difference. */
async function runAll(vector: Vector): Promise<string[]> {
  if (vector.sometimes) return runSometimes(vector)
  const waits = vector.steps.some((step) => step.op === 'waitN')
  const bare = vector.limit !== 'inf' && vector.limit < 0
  const isBucketOnly = bare || vector.steps.some((step) => step.maxWaitMs !== undefined)
  const subjects: Subject[] = []
  if (!waits) subjects.push(new BucketSubject(vector))
  if (!isBucketOnly) subjects.push(new LimiterSubject(vector))
  const runs = subjects.map((subject) =>
    run(vector, subject).catch((error: unknown) => {
      if (error instanceof OptionError) return [error.message]
      throw error
    }),
  )
  return (await Promise.all(runs)).flat()
}

describe('parity with golang.org/x/time/rate', () => {
  it('is shown by all 107 vectors', () => {
    expect(vectors).toHaveLength(107)
  })

  for (const vector of vectors) {
    if (Object.hasOwn(differsFromGo, vector.name)) continue
    it(`answers as Go does in ${vector.name}`, async () => {
      expect(await runAll(vector)).toEqual([])
    })
  }
})

describe('the documented differences from golang.org/x/time/rate', () => {
  it('are those of the table in README.md, both ways', () => {
    const [, table] = readme.split(/^\| vector /m)
    const rows = [...table!.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm)].map((row) => [row[1], row[2]])
    expect(Object.fromEntries(rows)).toEqual(differsFromGo)
  })

  it('are needed: no vector of the table passes', async () => {
    for (const vector of vectors) {
      if (!Object.hasOwn(differsFromGo, vector.name)) continue
      expect(await runAll(vector), vector.name).not.toEqual([])
    }
  })

  it('are of the kinds that the tags of the vectors announce', () => {
    const tagOf: Readonly<Record<Kind, string | undefined>> = {
      'time never rewinds': 'needs-go-time-rewind',
      'cancel is idempotent': 'needs-non-idempotent-cancel',
      'quirk refused': 'quirk',
      'an aborted signal wins': undefined,
    }
    for (const [name, kind] of Object.entries(differsFromGo)) {
      const tag = tagOf[kind]
      if (tag) expect(tags[name], name).toContain(tag)
    }
  })
})
