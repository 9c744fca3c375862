/**
 * One case of a running `select`: it can be asked whether it is ready, it can
 * proceed, and it can wait in its channel until another party meets it there.
 *
 * Floor 3: imports `options`, `queues`.
 */
import { OptionError, show } from '../options/option-error.ts'
import type { Waiter, WaitList } from '../queues/wait-list.ts'
import { Channel, exchangeOf } from './channel.ts'
import { type Exchange, WaitingReceiver, WaitingSender } from './exchange.ts'
import { closedChannel } from './refusals.ts'
import type { ReceiveCase, SelectCases, SendCase } from './select-case.ts'

/** The answer of a `select`, before its type is known. */
export interface Answer {
  readonly case: string
  readonly done: boolean
  readonly value: unknown
}

/** Whom a waiting arm tells how the wait ended. */
export interface WaitEnd {
  resolve(answer: Answer): void
  reject(reason: unknown): void
}

/** A case that receives. */
export class ReceiveArm extends WaitingReceiver<unknown> {
  readonly name: string
  readonly exchange: Exchange<unknown>
  /** Set while it waits. */
  waitEnd: WaitEnd | undefined = undefined

  constructor(name: string, exchange: Exchange<unknown>) {
    super()
    this.name = name
    this.exchange = exchange
  }

  get owner(): string {
    return 'select'
  }

  /** Where it waits. */
  get waiters(): WaitList<Waiter> {
    return this.exchange.receivers
  }

  /** Whether `proceed` can be called: there is an item, or the end. */
  get isReady(): boolean {
    return this.exchange.hasItem || this.exchange.closed
  }

  /** Receives. */
  proceed(): Answer {
    if (this.exchange.hasItem) return { case: this.name, done: false, value: this.exchange.take() }
    return { case: this.name, done: true, value: undefined }
  }

  onItem(item: unknown): void {
    this.waitEnd?.resolve({ case: this.name, done: false, value: item })
  }

  onEnd(): void {
    this.waitEnd?.resolve({ case: this.name, done: true, value: undefined })
  }

  onRefused(reason: unknown): void {
    this.waitEnd?.reject(reason)
  }
}

/** A case that sends. */
export class SendArm extends WaitingSender<unknown> {
  readonly name: string
  readonly exchange: Exchange<unknown>
  /** Set while it waits. */
  waitEnd: WaitEnd | undefined = undefined

  constructor(name: string, exchange: Exchange<unknown>, item: unknown) {
    super(item)
    this.name = name
    this.exchange = exchange
  }

  get owner(): string {
    return 'select'
  }

  /** Where it waits. */
  get waiters(): WaitList<Waiter> {
    return this.exchange.senders
  }

  /** Whether `proceed` can be called: there is room, or the channel is closed. */
  get isReady(): boolean {
    const { buffer, receivers, closed } = this.exchange
    return closed || receivers.size > 0 || buffer.size < buffer.capacity
  }

  /**
   * Sends.
   *
   * @throws OverloadError of code `ERR_CLOSED` when the channel is closed
   */
  proceed(): Answer {
    if (!this.exchange.put(this.item)) throw closedChannel(this.owner)
    return { case: this.name, done: false, value: undefined }
  }

  onTaken(): void {
    this.waitEnd?.resolve({ case: this.name, done: false, value: undefined })
  }

  onRefused(reason: unknown): void {
    this.waitEnd?.reject(reason)
  }
}

/** A case of a running select. */
export type Arm = ReceiveArm | SendArm

/**
 * One arm for each enabled case. Reads every case, its channel and its item once.
 *
 * @throws OptionError when a case is none
 */
export function armsOf(cases: SelectCases): Arm[] {
  if (typeof cases !== 'object' || cases === null) {
    throw new OptionError('select', 'cases', `cases must be an object of cases by name, got ${show(cases)}`)
  }
  const arms: Arm[] = []
  for (const [name, given] of Object.entries(cases)) {
    const arm = armOf(name, given)
    if (arm !== undefined) arms.push(arm)
  }
  return arms
}

function armOf(name: string, given: ReceiveCase<unknown> | SendCase<unknown>): Arm | undefined {
  const kind = given?.kind
  if (kind !== 'receive' && kind !== 'send') {
    throw wrongCase(name, `must be made by receiveFrom or sendTo, got ${show(given)}`)
  }
  const channel = given.channel
  if (channel === undefined || channel === null) return undefined
  if (!(channel instanceof Channel)) {
    throw wrongCase(name, `needs a Channel, or undefined to disable it, got ${show(channel)}`)
  }
  const exchange = exchangeOf(channel)
  return given.kind === 'receive' ? new ReceiveArm(name, exchange) : new SendArm(name, exchange, given.item)
}

function wrongCase(name: string, problem: string): OptionError {
  return new OptionError('select', name, `case "${name}" ${problem}`)
}
