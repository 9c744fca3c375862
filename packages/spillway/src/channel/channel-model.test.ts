/**
 * Channels and select against a plain model, over random schedules of sends, receives, selects, aborts,
 * deadlines and closes, some of them in the same tick. After every step each call has ended as in the model,
 * or waits as in the model; nothing is lost or doubled. A failure prints the seed and the shortest schedule.
 */
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Channel, type Received } from './channel.ts'
import { select, trySelect } from './select.ts'
import { receiveFrom, type SelectCases, type Selected, sendTo } from './select-case.ts'

const SCHEDULES = 10_000
const MAX_WAITING = 3
const SIGNALS = 2

/** What one arm of a call does: an item to send, or `undefined` to receive. */
interface Arm {
  readonly channel: number
  readonly item: number | undefined
}

/** A send or a receive is a call with one arm, a select one with several. */
interface Call {
  readonly id: number
  readonly arms: readonly Arm[]
  readonly deadlineMs: number
  readonly signal: number | undefined
  /** The most items it takes, when it waits for a batch. */
  readonly max: number | undefined
}

interface Place {
  readonly call: Call
  readonly arm: Arm
}

interface ModelChannel {
  readonly capacity: number
  closed: boolean
  buffer: number[]
  senders: Place[]
  receivers: Place[]
}

/** Go's rules, written as plainly as they can be. Outcomes are text. */
class Model {
  readonly outcomes = new Map<number, string>()
  readonly channels: ModelChannel[]
  nowMs = 0
  aborted: boolean[] = Array(SIGNALS).fill(false)
  /** Batches that have their first item, and take the others when the tick is over. */
  #batches: { call: Call; channel: ModelChannel; items: number[] }[] = []

  constructor(capacities: readonly number[]) {
    this.channels = capacities.map((capacity) => ({
      capacity,
      closed: false,
      buffer: [],
      senders: [],
      receivers: [],
    }))
  }

  readyArms(call: Call): Arm[] {
    return call.arms.filter(({ channel, item }) => {
      const { closed, buffer, senders, receivers, capacity } = this.channels[channel]!
      if (item === undefined) return closed || buffer.length + senders.length > 0
      return closed || receivers.length > 0 || buffer.length < capacity
    })
  }

  /** The call is made; where several arms are ready, `chosen` is the one that the real select took. */
  begin(call: Call, chosen?: Arm): void {
    const ready = this.readyArms(call)
    if (call.signal !== undefined && this.aborted[call.signal]) this.#end(call, 'aborted')
    else if (ready.length > 0) this.#proceed(call, ready.find((arm) => arm === chosen) ?? ready[0]!)
    else if (call.deadlineMs <= this.nowMs) this.#end(call, 'timeout')
    else if (!call.arms.every((arm) => this.#park(call, arm))) this.#end(call, 'too many')
  }

  #park(call: Call, arm: Arm): boolean {
    const { senders, receivers } = this.channels[arm.channel]!
    const list = arm.item === undefined ? receivers : senders
    if (list.length >= MAX_WAITING) return false
    list.push({ call, arm })
    return true
  }

  abort(signal: number): void {
    this.aborted[signal] = true
    for (const call of this.waitingCalls()) if (call.signal === signal) this.#end(call, 'aborted')
  }

  advance(ms: number): void {
    this.nowMs += ms
    for (const call of this.waitingCalls()) if (call.deadlineMs <= this.nowMs) this.#end(call, 'timeout')
  }

  close(index: number): void {
    const channel = this.channels[index]!
    channel.closed = true
    for (let place = channel.receivers[0]; place; place = channel.receivers[0])
      this.#receive(place, undefined)
    for (let place = channel.senders[0]; place; place = channel.senders[0]) this.#end(place.call, 'closed')
  }

  /** The tick is over: batches take what is there. */
  settle(): void {
    for (const { call, channel, items } of this.#batches.splice(0)) {
      this.outcomes.set(call.id, this.#takeUpTo(call.max!, channel, items))
    }
  }

  waitingCalls(): Set<Call> {
    return new Set(
      this.channels.flatMap((each) => [...each.senders, ...each.receivers]).map((place) => place.call),
    )
  }

  #proceed(call: Call, arm: Arm): void {
    const channel = this.channels[arm.channel]!
    if (arm.item !== undefined) this.#end(call, channel.closed ? 'closed' : this.#put(channel, arm.item))
    else this.#end(call, this.#takeUpTo(call.max ?? 1, channel))
  }

  #put(channel: ModelChannel, item: number): string {
    const receiver = channel.receivers[0]
    if (receiver) this.#receive(receiver, item)
    else channel.buffer.push(item)
    return `sent ${item}`
  }

  #takeUpTo(max: number, channel: ModelChannel, items: number[] = []): string {
    while (items.length < max && channel.buffer.length + channel.senders.length > 0) {
      items.push(this.#take(channel))
    }
    return items.length === 0 ? 'end' : `got ${items}`
  }

  #take(channel: ModelChannel): number {
    const sender = channel.senders[0]
    if (sender) {
      channel.buffer.push(sender.arm.item!)
      this.#end(sender.call, `sent ${sender.arm.item}`)
    }
    return channel.buffer.shift()!
  }

  #receive({ call, arm }: Place, item: number | undefined): void {
    this.#end(call, item === undefined ? 'end' : `got ${item}`)
    if (item === undefined || call.max === undefined) return
    this.#batches.push({ call, channel: this.channels[arm.channel]!, items: [item] })
  }

  #end(call: Call, outcome: string): void {
    this.outcomes.set(call.id, outcome)
    for (const channel of this.channels) {
      channel.senders = channel.senders.filter((place) => place.call !== call)
      channel.receivers = channel.receivers.filter((place) => place.call !== call)
    }
  }
}

/** The real thing, with what became of every call. */
class Real {
  readonly clock = new VirtualClock()
  readonly channels: Channel<number>[]
  readonly aborts: AbortController[] = Array.from({ length: SIGNALS }, () => new AbortController())
  readonly outcomes = new Map<number, string>()

  constructor(capacities: readonly number[]) {
    const options = { maxWaiting: MAX_WAITING, clock: this.clock }
    this.channels = capacities.map((capacity) => new Channel({ capacity, ...options }))
  }

  note(id: number, outcome: string): void {
    if (this.outcomes.has(id)) throw new Error(`call ${id} ended twice`)
    this.outcomes.set(id, outcome)
  }

  follow<V>(id: number, promise: Promise<V>, tell: (value: V) => string): void {
    promise.then(
      (value) => this.note(id, tell(value)),
      (reason: unknown) => this.note(id, REASONS[Reflect.get(Object(reason), 'code')] ?? 'aborted'),
    )
  }
}

const REASONS: Record<string, string> = {
  ERR_CLOSED: 'closed',
  ERR_WAIT_TIMEOUT: 'timeout',
  ERR_TOO_MANY_WAITING: 'too many',
}

const received = (result: Received<number>): string => (result.done ? 'end' : `got ${result.value}`)

/** One schedule's worth of running: model, reality, and the next number for calls and items. */
interface Run {
  readonly model: Model
  readonly real: Real
  count: number
}

/** One call, with the text that a failure prints. */
interface Step {
  readonly text: string
  readonly take: (run: Run) => void | Promise<void>
}

/** Steps made in one tick, then compared with the model. */
class Burst implements fc.AsyncCommand<Run, Run> {
  readonly #steps: readonly Step[]

  constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  check(): boolean {
    return true
  }

  async run(run: Run): Promise<void> {
    for (const step of this.#steps) {
      const isTickOver = step.take(run)
      if (isTickOver) await isTickOver
    }
    await compare(run)
  }

  toString(): string {
    return this.#steps.map(({ text }) => text).join(' and in the same tick ')
  }
}

async function tickOver(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await undefined
}

async function compare({ model, real }: Run): Promise<void> {
  await tickOver()
  model.settle()
  if (!isSame(real.outcomes, model.outcomes)) expect(real.outcomes).toEqual(model.outcomes)
  const [told, meant] = [stateOfReal(real), stateOfModel(model)]
  if (told !== meant) expect(told).toBe(meant)
  expectConservation(real)
}

// `expect` is asked only when it will fail: it costs more than all the rest, a hundred thousand times over.
function isSame(told: Map<number, string>, meant: Map<number, string>): boolean {
  return told.size === meant.size && [...meant].every(([id, outcome]) => told.get(id) === outcome)
}

const stateOfModel = ({ channels }: Model): string =>
  channels
    .map(({ buffer, closed, senders, receivers }) => [
      buffer.length,
      closed,
      senders.length,
      receivers.length,
    ])
    .join(' | ')

const stateOfReal = ({ channels }: Real): string =>
  channels
    .map(({ size, closed, waitingSenders, waitingReceivers }) => [
      size,
      closed,
      waitingSenders,
      waitingReceivers,
    ])
    .join(' | ')

/** Read off the real outcomes alone: what was sent was received once, or is buffered. */
function expectConservation(real: Real): void {
  const sent = new Set<string>()
  const got: string[] = []
  for (const outcome of real.outcomes.values()) {
    if (outcome.startsWith('sent ')) sent.add(outcome.slice(5))
    if (outcome.startsWith('got ')) got.push(...outcome.slice(4).split(','))
  }
  const buffered = real.channels.reduce((sum, channel) => sum + channel.size, 0)
  const isKept = new Set(got).size === got.length && got.every((item) => sent.has(item))
  if (!isKept || sent.size !== got.length + buffered) expect({ sent, got, buffered }).toBe('conserved')
}

interface Wait {
  readonly signal: number | undefined
  readonly timeoutMs: number | undefined
}

function newCall(run: Run, arms: readonly Arm[], { signal, timeoutMs, max }: Wait & { max?: number }): Call {
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : run.model.nowMs + timeoutMs
  return { id: run.count++, arms, deadlineMs, signal, max }
}

function realWait(run: Run, { signal, timeoutMs }: Wait) {
  return { signal: signal === undefined ? undefined : run.real.aborts[signal]!.signal, timeoutMs }
}

const send =
  (channel: number, wait: Wait): Step['take'] =>
  (run) => {
    const item = run.count * 10
    const call = newCall(run, [{ channel, item }], wait)
    run.real.follow(
      call.id,
      run.real.channels[channel]!.send(item, realWait(run, wait)),
      () => `sent ${item}`,
    )
    run.model.begin(call)
  }

const receive =
  (channel: number, wait: Wait): Step['take'] =>
  (run) => {
    const call = newCall(run, [{ channel, item: undefined }], wait)
    run.real.follow(call.id, run.real.channels[channel]!.receive(realWait(run, wait)), received)
    run.model.begin(call)
  }

const receiveMany =
  (channel: number, wait: Wait, max: number): Step['take'] =>
  (run) => {
    const call = newCall(run, [{ channel, item: undefined }], { ...wait, max })
    const batch = run.real.channels[channel]!.receiveMany(max, realWait(run, wait))
    run.real.follow(call.id, batch, (items) => (items.length === 0 ? 'end' : `got ${items}`))
    run.model.begin(call)
  }

const trySend =
  (channel: number): Step['take'] =>
  (run) => {
    const item = run.count * 10
    const call = newCall(run, [{ channel, item }], { signal: undefined, timeoutMs: 0 })
    const isSent = run.real.channels[channel]!.trySend(item)
    const refusal = run.model.channels[channel]!.closed ? 'closed' : 'timeout'
    run.real.note(call.id, isSent ? `sent ${item}` : refusal)
    run.model.begin(call)
  }

const tryReceive =
  (channel: number): Step['take'] =>
  (run) => {
    const call = newCall(run, [{ channel, item: undefined }], { signal: undefined, timeoutMs: 0 })
    const result = run.real.channels[channel]!.tryReceive()
    run.real.note(call.id, result === undefined ? 'timeout' : received(result))
    run.model.begin(call)
  }

interface SelectShape {
  readonly directions: readonly { readonly channel: number; readonly sends: boolean }[]
  readonly random: number
  readonly wait: Wait
}

/** The arms of a select as a call of the model, and as cases of the real one. */
function newSelect(run: Run, { directions, wait }: SelectShape): { call: Call; cases: SelectCases } {
  const id = run.count
  const arms = directions.map(({ channel, sends }, index) => ({
    channel,
    item: sends ? id * 10 + index : undefined,
  }))
  const cases = arms.map(({ channel, item }) => {
    const real = run.real.channels[channel]
    return item === undefined ? receiveFrom(real) : sendTo(real, item)
  })
  return { call: newCall(run, arms, wait), cases: Object.fromEntries(cases.entries()) }
}

function armOf(call: Call, answer: Selected<SelectCases>): Arm {
  return call.arms[Number(answer.case)]!
}

function toldBy({ item }: Arm, answer: Selected<SelectCases>): string {
  if (item !== undefined) return `sent ${item}`
  return answer.done ? 'end' : `got ${answer.value}`
}

/** Its choice among ready arms is read off the answer, and must be one of them. */
const waitInSelect =
  (shape: SelectShape): Step['take'] =>
  async (run) => {
    await compare(run)
    const { call, cases } = newSelect(run, shape)
    const ready = run.model.readyArms(call)
    let chosen = ready.find(({ channel, item }) => item !== undefined && run.model.channels[channel]!.closed)
    const options = { ...realWait(run, shape.wait), random: () => shape.random }
    run.real.follow(call.id, select(cases, options), (answer) => {
      chosen = armOf(call, answer)
      return toldBy(chosen, answer)
    })
    await tickOver()
    if (ready.length > 0 && run.real.outcomes.get(call.id) !== 'aborted')
      expect(ready).toContain(chosen ?? ready[0])
    run.model.begin(call, chosen)
  }

const trySelectNow =
  (shape: SelectShape): Step['take'] =>
  (run) => {
    const { call, cases } = newSelect(run, { ...shape, wait: { signal: undefined, timeoutMs: 0 } })
    const ready = run.model.readyArms(call)
    try {
      const answer = trySelect(cases, { random: () => shape.random })
      if (answer === undefined) {
        expect(ready).toEqual([])
        return
      }
      const chosen = armOf(call, answer)
      expect(ready).toContain(chosen)
      run.real.note(call.id, toldBy(chosen, answer))
      run.model.begin(call, chosen)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_CLOSED' })
      const isClosed = ({ channel, item }: Arm) => item !== undefined && run.model.channels[channel]!.closed
      expect(ready.some(isClosed)).toBe(true)
    }
  }

const anyChannel = fc.nat({ max: 1 })
const anyWait: fc.Arbitrary<Wait> = fc.record({
  signal: fc.constantFrom(undefined, undefined, 0, 1),
  timeoutMs: fc.constantFrom(undefined, undefined, 0, 3, 7),
})
const anyShape: fc.Arbitrary<SelectShape> = fc.record({
  directions: fc.array(fc.record({ channel: anyChannel, sends: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  wait: anyWait,
})

function steps<A extends readonly unknown[]>(
  name: string,
  arbitrary: fc.Arbitrary<A>,
  step: (...drawn: A) => Step['take'],
): fc.Arbitrary<Step> {
  return arbitrary.map((drawn) => ({ text: `${name} ${JSON.stringify(drawn)}`, take: step(...drawn) }))
}

const anyStep = fc.oneof(
  { weight: 3, arbitrary: steps('send', fc.tuple(anyChannel, anyWait), send) },
  { weight: 3, arbitrary: steps('receive', fc.tuple(anyChannel, anyWait), receive) },
  steps('receiveMany', fc.tuple(anyChannel, anyWait, fc.integer({ min: 1, max: 4 })), receiveMany),
  steps('trySend', fc.tuple(anyChannel), trySend),
  steps('tryReceive', fc.tuple(anyChannel), tryReceive),
  steps('trySelect', fc.tuple(anyShape), trySelectNow),
  steps('advance', fc.tuple(fc.integer({ min: 1, max: 5 })), (ms) => ({ model, real }) => {
    real.clock.advance(ms)
    model.advance(ms)
  }),
  steps('abort', fc.tuple(fc.nat({ max: SIGNALS - 1 })), (signal) => ({ model, real }) => {
    real.aborts[signal]!.abort()
    model.abort(signal)
  }),
  steps('close', fc.tuple(anyChannel), (channel) => ({ model, real }) => {
    real.channels[channel]!.close()
    model.close(channel)
  }),
)
const anyBurst = fc.array(anyStep, { minLength: 1, maxLength: 4 }).map((drawn) => new Burst(drawn))
// Alone, because what it chose is known only when its tick is over.
const anySelect = steps('select', fc.tuple(anyShape), waitInSelect).map((step) => new Burst([step]))

async function expectNothingLeft(run: Run): Promise<void> {
  await compare(run)
  for (const channel of [0, 1]) {
    run.real.channels[channel]!.close()
    run.model.close(channel)
  }
  await compare(run)
  expect(run.real.outcomes.size).toBe(run.model.outcomes.size)
  expect(run.real.clock.pending).toBe(0)
  for (const { signal } of run.real.aborts) expect(getEventListeners(signal, 'abort')).toEqual([])
}

it(`does what Go's rules say and loses nothing, in any of ${SCHEDULES} random schedules`, async () => {
  const anyCapacity = fc.integer({ min: 0, max: 3 })
  const anySchedule = fc.commands([anyBurst, anyBurst, anySelect], { maxCommands: 15, size: 'medium' })
  await fc.assert(
    fc.asyncProperty(anyCapacity, anyCapacity, anySchedule, async (first, second, schedule) => {
      const run: Run = { model: new Model([first, second]), real: new Real([first, second]), count: 0 }
      await fc.asyncModelRun(() => ({ model: run, real: run }), schedule)
      await expectNothingLeft(run)
    }),
    { numRuns: SCHEDULES },
  )
}, 120_000)
