import { VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import { type Answer, RedisLink } from './redis-link.ts'
import { script } from './script.ts'
import type { ScriptRunner } from './script-runner.ts'

/** A link whose calls are answered by hand. */
function setUp({ maxInFlight = 2 } = {}) {
  const clock = new VirtualClock()
  const sent: { name: string; reply(value: unknown): void; fail(message: string): void }[] = []
  const command = (name: string): PromiseLike<unknown> => ({
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is settled by hand, at once
    then(onReply, onFault) {
      sent.push({
        name,
        reply: (value) => onReply?.(value),
        fail: (message) => onFault?.(new Error(message)),
      })
      return this as PromiseLike<never> // nothing is chained on it
    },
  })
  const runner: ScriptRunner = { evalSha: () => command('evalsha'), eval: () => command('eval') }
  const link = new RedisLink({ runner, clock, callTimeoutMs: 50, maxInFlight })
  const call = () => {
    const seen: { answers: Answer[]; late: unknown[] } = { answers: [], late: [] }
    const settle = (answer: Answer): void => void seen.answers.push(answer)
    link.run({
      script: script('return 1'),
      key: 'k',
      args: [],
      settle,
      onLate: (reply) => seen.late.push(reply),
    })
    return seen
  }
  return { clock, sent, link, call }
}

describe('RedisLink', () => {
  it('answers once, and leaves no timer', () => {
    const { clock, sent, call } = setUp()
    const seen = call()
    expect(clock.pending).toBe(1)
    sent[0]!.reply('yes')
    expect(seen.answers).toEqual([{ ok: true, reply: 'yes' }])
    expect(clock.pending).toBe(0)
  })

  it('gives a call up at its deadline, and tells the late reply apart', () => {
    const { clock, sent, link, call } = setUp()
    const seen = call()
    clock.advance(50)
    expect(seen.answers).toMatchObject([{ ok: false, fault: { message: 'no answer within 50 ms' } }])
    expect(link.stats()).toMatchObject({ inFlight: 1, isDown: true, failures: 1 })
    sent[0]!.reply('late')
    expect(seen).toMatchObject({ answers: [{ ok: false }], late: ['late'] })
    expect(link.stats()).toMatchObject({ inFlight: 0, isDown: false })
  })

  it('after a failure lets one call at a time try, and tells the others at once', () => {
    const { sent, call } = setUp({ maxInFlight: 10 })
    call()
    sent[0]!.fail('gone')
    const probe = call()
    const other = call()
    expect(probe.answers).toEqual([])
    expect(other.answers).toMatchObject([{ ok: false, fault: { message: 'gone' } }])
    expect(sent).toHaveLength(2)
    sent[1]!.reply('back')
    call()
    expect(sent).toHaveLength(3)
  })

  it('never has more calls in the hands of the client than it may', () => {
    const { sent, call } = setUp({ maxInFlight: 2 })
    call()
    call()
    expect(call().answers).toMatchObject([{ ok: false, fault: { message: 'no answer yet to 2 calls' } }])
    sent[0]!.reply('yes')
    expect(call().answers).toEqual([])
  })

  it('sends the text of a script that the server does not know', () => {
    const { sent, call } = setUp()
    const seen = call()
    sent[0]!.fail('NOSCRIPT No matching script.')
    expect(sent.map(({ name }) => name)).toEqual(['evalsha', 'eval'])
    sent[1]!.reply('yes')
    expect(seen.answers).toEqual([{ ok: true, reply: 'yes' }])
  })

  it('takes a client that throws as one that rejects', () => {
    const runner = {
      evalSha: () => {
        throw new Error('not connected')
      },
      eval: async () => 1,
    }
    const link = new RedisLink({ runner, clock: new VirtualClock(), callTimeoutMs: 50, maxInFlight: 1 })
    const answers: Answer[] = []
    link.run({ script: script('x'), key: 'k', args: [], settle: (answer) => void answers.push(answer) })
    expect(answers).toMatchObject([{ ok: false, fault: { message: 'not connected' } }])
    expect(link.stats().inFlight).toBe(0)
  })
})
