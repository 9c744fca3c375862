import { beforeEach, describe, expect, it } from 'vitest'
import { failureSentence, SinkHealth, targetOf } from './sink-health.ts'

let nowMs = 0
let health: SinkHealth

const again = (message: string) => ({ kind: 'again', cause: new Error(message) }) as const
const never = { kind: 'never', cause: new Error('the sink answered 400') } as const

beforeEach(() => {
  nowMs = 1000
  health = new SinkHealth({ type: 'file', path: '/data/events.ndjson', write: 'payload' }, () => nowMs)
})

describe('the health of a sink', () => {
  it('is idle, ok, failing, and ok again', () => {
    expect(health.state()).toMatchObject({ type: 'file', target: '/data/events.ndjson', status: 'idle' })
    health.succeeded()
    expect(health.state()).toMatchObject({ status: 'ok', lastSuccessAtMs: 1000 })
    nowMs = 2000
    health.failed(again('no space'))
    health.failed(again('still none'))
    expect(health.state()).toMatchObject({
      status: 'failing',
      consecutiveFailures: 2,
      lastSuccessAtMs: 1000,
      lastFailure: { atMs: 2000, message: 'still none' },
    })
    health.succeeded()
    expect(health.state()).toMatchObject({ status: 'ok', consecutiveFailures: 0 })
    expect(health.failures).toBe(2)
  })

  it('is down since the first of the failures in a row', () => {
    health.failed(again('down'))
    nowMs = 5000
    health.failed(again('down'))
    expect(health.downForMs()).toBe(4000)
    health.succeeded()
    expect(health.downForMs()).toBe(0)
  })

  it('is not down when it refuses single events for good', () => {
    health.failed(never)
    nowMs = 60_000
    expect(health.downForMs()).toBe(0)
  })
})

describe('what is shown of a sink', () => {
  it('is the origin of its URL, for a path can be a key in itself', () => {
    const http = { type: 'http', timeoutMs: 1, allowPrivate: false } as const
    expect(targetOf({ ...http, url: 'https://hooks.example/services/T0/B0/xyz' })).toBe(
      'https://hooks.example/…',
    )
    expect(targetOf({ ...http, url: 'https://hooks.example/?key=1' })).toBe('https://hooks.example/…')
    expect(targetOf({ ...http, url: 'https://hooks.example' })).toBe('https://hooks.example')
  })

  it('is one line of an error, without passwords and signing secrets', () => {
    const cause = new Error('cannot reach nats://user:pass@host:4222\nwith whsec_c2VjcmV0 \n')
    expect(failureSentence(cause)).toBe('cannot reach nats://…@host:4222 with whsec_…')
  })

  it('is the code of an error that says nothing', () => {
    expect(
      failureSentence(
        Object.assign(new AggregateError([], 'several'), { message: '', code: 'ECONNREFUSED' }),
      ),
    ).toBe('ECONNREFUSED')
  })
})
