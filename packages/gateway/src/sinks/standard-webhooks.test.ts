import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { WebhookSigner } from './standard-webhooks.ts'

const EVENT = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  receivedAtMs: 0,
  tenant: '',
  contentType: 'application/json',
  payload: Buffer.from('{"test": 2432232314}'),
}

it('signs the example of the specification’s own libraries as they do', () => {
  const signer = new WebhookSigner('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  expect(signer.headers(EVENT, 1_614_265_330_999)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

it('sends no signature without a secret', () => {
  expect(Object.keys(new WebhookSigner(undefined).headers(EVENT, 0))).toEqual([
    'webhook-id',
    'webhook-timestamp',
  ])
})

it('makes an id that is no header value one', () => {
  const headers = new WebhookSigner(undefined).headers({ ...EVENT, id: 'a.b\r\nx: y' }, 0)
  expect(headers['webhook-id']).toMatch(/^b64_[\w-]+$/)
})

it('tells long ids apart that begin alike', () => {
  const signer = new WebhookSigner(undefined)
  const named = (id: string): string | undefined => signer.headers({ ...EVENT, id }, 0)['webhook-id']
  expect(named(`${'x'.repeat(2000)}1`)).toMatch(/^sha256_[\w-]{43}$/)
  expect(named(`${'x'.repeat(2000)}1`)).not.toBe(named(`${'x'.repeat(2000)}2`))
})

it('names the tenant with the id, for ids are each tenant’s own', () => {
  const headers = new WebhookSigner(undefined).headers({ ...EVENT, tenant: 'shop', id: '1' }, 0)
  expect(headers['webhook-id']).toBe('shop/1')
})

describe('a batch', () => {
  const signer = new WebhookSigner('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const body = Buffer.from('[]')
  const named = (...ids: readonly string[]): readonly (typeof EVENT)[] => ids.map((id) => ({ ...EVENT, id }))
  const idOf = (events: readonly (typeof EVENT)[], wallMs = 0): string | undefined =>
    signer.batchHeaders({ events, body }, wallMs)['webhook-id']

  it('has the same id in each attempt, made of the ids of its events, and its whole body signed', () => {
    expect(idOf(named('a', 'b'), 5000)).toBe(idOf(named('a', 'b')))
    expect(idOf(named('a', 'b'))).toMatch(/^batch_[\w-]{43}$/)
    const headers = signer.batchHeaders({ events: named('a', 'b'), body }, 5000)
    const signed = `${headers['webhook-id']}.5.[]`
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
    const expected = createHmac('sha256', key).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${expected}`)
  })

  it('has another id than any other', () => {
    const others = [named('a'), named('b', 'a'), named('a', 'b', 'c'), named('a","b'), named('ab')]
    const ids = [named('a', 'b'), ...others, named('a', 'b').map((event) => ({ ...event, tenant: 't' }))]
    expect(new Set(ids.map((events) => idOf(events))).size).toBe(ids.length)
  })
})
