/**
 * The Lua scripts on a real server, against their models in TypeScript: the
 * same answers at any times. The scripts' line that reads the time takes it
 * from an argument here; all else is what runs in production.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { READ_TIME } from '../src/connection/read-time.ts'
import type { Script } from '../src/connection/script.ts'
import { DECIDE, GIVE_BACK } from '../src/exact/gcra-script.ts'
import { RELEASE, RENEW } from '../src/lease/lease-script.ts'
import { LeaseBank } from '../src/simulation/lease-bank.ts'
import { type Connected, connect } from './clients.ts'
import { GcraModel } from './gcra-model.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

describeWithRedis('the scripts on Redis', () => {
  let server: RedisServer
  let client: Connected
  let keys = 0

  beforeAll(async () => {
    server = await RedisServer.start()
    client = await connect(server.port)
  })
  afterAll(async () => {
    client?.close()
    await server?.stop()
  })

  /** Runs a script at a time of ours, and keeps its keys from expiring by the server's. */
  async function at(nowUs: number, script: Script, key: string, args: readonly unknown[]): Promise<unknown> {
    const text = script.text
      .replace(READ_TIME, 'local now = tonumber(ARGV[#ARGV])\n')
      .replace(/redis.call\('PEXPIRE'.*\n/, '\n')
      .replaceAll(", 'PX', ms)", ')')
    expect(text).not.toContain('TIME')
    return client.runner.eval(text, [key], [...args, nowUs].map(String))
  }

  const rate = fc.oneof(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
  const ask = fc.record({
    op: fc.constantFrom('decide', 'decide', 'decide', 'wait', 'cancel', 'cancel wait'),
    stepUs: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: -5000, max: 3_000_000 })),
    cost: fc.oneof(
      fc.constant(1),
      fc.integer({ min: 0, max: 10 }),
      fc.double({ min: 0, max: 10, noNaN: true }),
    ),
  })

  it('decide as the model does, for any rate, burst, costs and times, steps back among them', async () => {
    const asks = fc.array(ask, { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(rate, fc.integer({ min: 1, max: 20 }), asks, async (ratePerSecond, burst, steps) => {
        const key = `gcra-${keys++}`
        const model = new GcraModel(ratePerSecond, burst)
        let nowUs = 1_790_000_000_000_000
        let latest: { readonly cost: number; readonly sum: string } | undefined
        for (const { op, stepUs, cost: asked } of steps) {
          const cost = Math.min(asked, burst)
          nowUs += stepUs
          if (op === 'cancel' || op === 'cancel wait') {
            if (!latest) continue
            const sum = op === 'cancel' || latest.sum === '' ? undefined : latest.sum
            const args = [ratePerSecond, latest.cost, sum ?? '']
            expect(await at(nowUs, GIVE_BACK, key, args)).toEqual(
              model.giveBack(nowUs, latest.cost, sum === undefined ? undefined : Number(sum)),
            )
            continue
          }
          const mostUs = op === 'wait' ? 1_000_000 : 0
          const reply = (await at(nowUs, DECIDE, key, [ratePerSecond, burst, cost, mostUs])) as unknown[]
          const [granted, waitUs, sum] = model.decide(nowUs, cost, mostUs)
          expect(reply.slice(0, 2)).toEqual([granted, waitUs])
          if (sum !== undefined) expect(Number(reply[2])).toBe(Number(sum))
          if (granted === 1) latest = { cost, sum: String(sum ?? '') }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('admit who comes back alone at the time that was named, and nobody a microsecond earlier than the rate allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        rate,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 1e6 }),
        async (r, burst, gapUs) => {
          const key = `word-${keys++}`
          const nowUs = 1_790_000_000_000_000
          await at(nowUs, DECIDE, key, [r, burst, burst, 0])
          const [granted, waitUs] = (await at(nowUs + gapUs, DECIDE, key, [r, burst, 1, 0])) as number[]
          if (granted === 1) {
            expect((gapUs * r) / 1e6).toBeGreaterThan(1 - 1e-9)
            return
          }
          const backUs = nowUs + gapUs + waitUs!
          expect(((gapUs + waitUs! - 2) * r) / 1e6).toBeLessThan(1)
          expect((await at(backUs, DECIDE, key, [r, burst, 1, 0])) as number[]).toEqual([1, 0])
        },
      ),
      { numRuns: 100 },
    )
  })

  const renewal = fc.record({
    stepUs: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -20_000, max: 400_000 })),
    node: fc.constantFrom('a', 'b', 'c', 'ext', 'd'),
    isRelease: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    held: fc.integer({ min: 0, max: 20 }),
    back: fc.integer({ min: 0, max: 5 }),
    want: fc.double({ min: 0, max: 50, noNaN: true }),
    least: fc.integer({ min: 0, max: 2 }),
    demandPerSecond: fc.double({ min: 0, max: 1000, noNaN: true }),
    used: fc.double({ min: 0, max: 20, noNaN: true }),
  })

  it('lend as the bank of the simulation does, for any renewals and times', async () => {
    const close = (actual: unknown, expected: number): void => {
      expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)))
    }
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 40, max: 400 }),
        fc.array(renewal, { maxLength: 40 }),
        async (burst, steps) => {
          const key = `bank-${keys++}`
          const options = { ratePerSecond: 150, burst, leaseUs: 250_000 }
          const bank = new LeaseBank(options)
          let nowUs = 1_790_000_000_000_000
          for (const { stepUs, isRelease, ...step } of steps) {
            nowUs += stepUs
            const lease = [options.ratePerSecond, burst, options.leaseUs, step.node]
            if (isRelease) {
              bank.release(nowUs, step.node, { back: step.held, used: step.used })
              await at(nowUs, RELEASE, key, [...lease, step.held, step.used])
              continue
            }
            const { held, back, want, least, demandPerSecond, used } = step
            const reply = (await at(nowUs, RENEW, key, [
              ...lease,
              held,
              back,
              want,
              least,
              demandPerSecond,
              used,
            ])) as unknown[]
            const loan = bank.renew(nowUs, step)
            close(reply[0], loan.granted)
            // A wait is rounded up to whole microseconds: sums in another order may round to the next.
            expect(Math.abs(Number(reply[1]) - loan.waitUs)).toBeLessThanOrEqual(1)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
