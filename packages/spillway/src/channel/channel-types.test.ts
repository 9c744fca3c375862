/** What the compiler promises about channels and select. */
import { describe, expectTypeOf, it } from 'vitest'
import { Channel, type ChannelOptions, type Received } from './channel.ts'
import { select, trySelect } from './select.ts'
import { receiveFrom, sendTo } from './select-case.ts'

interface Job {
  readonly name: string
}

const jobs = new Channel<Job>({ capacity: 1 })
const stops = new Channel<undefined>({ capacity: 0 })
const results = new Channel<number>({ capacity: 1 })

describe('Channel: types', () => {
  it('capacity must be stated; the rest may be left out', () => {
    expectTypeOf<{ capacity: number }>().toExtend<ChannelOptions>()
    expectTypeOf<{ maxWaiting: number }>().not.toExtend<ChannelOptions>()
    expectTypeOf(Channel<Job>).constructorParameters.toEqualTypeOf<[options: ChannelOptions]>()
  })

  it('takes items of its own type only', () => {
    expectTypeOf(jobs.send).parameter(0).toEqualTypeOf<Job>()
    expectTypeOf(jobs.send).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(jobs.trySend).parameters.toEqualTypeOf<[item: Job]>()
    expectTypeOf(jobs.trySend).returns.toEqualTypeOf<boolean>()
  })

  it('gives items of its own type, and tells the end from an item by done', () => {
    expectTypeOf(jobs.receive).returns.resolves.toEqualTypeOf<Received<Job>>()
    expectTypeOf(jobs.tryReceive).returns.toEqualTypeOf<Received<Job> | undefined>()
    expectTypeOf(jobs.receiveMany).returns.resolves.toEqualTypeOf<Job[]>()
    type Item = Extract<Received<Job>, { done: false }>
    expectTypeOf<Item['value']>().toEqualTypeOf<Job>()
    expectTypeOf<Exclude<Received<Job>, Item>['value']>().toEqualTypeOf<undefined>()
  })

  it('what it answers is what an iterator answers', () => {
    expectTypeOf<Received<Job>>().toExtend<IteratorResult<Job, undefined>>()
    expectTypeOf(jobs).toExtend<AsyncIterable<Job>>()
  })
})

describe('select: types', () => {
  it('the answer is told apart by its case', () => {
    const choose = () =>
      trySelect({ job: receiveFrom(jobs), stop: receiveFrom(stops), out: sendTo(results, 1) })
    type Answer = NonNullable<ReturnType<typeof choose>>
    expectTypeOf<Answer['case']>().toEqualTypeOf<'job' | 'stop' | 'out'>()
    type JobAnswer = Extract<Answer, { case: 'job'; done: false }>
    expectTypeOf<JobAnswer['value']>().toEqualTypeOf<Job>()
    expectTypeOf<Extract<Answer, { case: 'out' }>['value']>().toEqualTypeOf<undefined>()
  })

  it('waits with a promise, or not at all with undefined for none', () => {
    const cases = { job: receiveFrom(jobs) }
    type Answer = { readonly case: 'job' } & Received<Job>
    expectTypeOf(select<typeof cases>).returns.resolves.toExtend<Answer>()
    expectTypeOf(trySelect<typeof cases>).returns.toExtend<Answer | undefined>()
  })

  it('a channel that may be absent is a case like any other', () => {
    const maybe = (): Channel<Job> | undefined => undefined
    expectTypeOf(receiveFrom(maybe())).toEqualTypeOf(receiveFrom(jobs))
  })

  it('what is sent has the type of the channel', () => {
    // @ts-expect-error: a word where the channel carries numbers
    sendTo<number>(results, 'one')
    // @ts-expect-error: a channel is no case
    const none = () => select({ jobs })
    expectTypeOf(none).toBeFunction()
  })
})
