/**
 * Redis for a simulation: runs the scripts of leases on a `LeaseBank`, in
 * virtual time, after a delay for the network.
 */
import type { Clock } from 'spillway'
import type { ScriptRunner } from '../connection/script-runner.ts'
import { RENEW } from '../lease/lease-script.ts'
import { LeaseBank } from './lease-bank.ts'

/** A runner whose answers settle without a turn of the event loop: at once when there is no delay. */
export function bankRunner(clock: Clock, latencyMs: number): ScriptRunner {
  let bank: LeaseBank | undefined
  const answer = (sha1: string, args: readonly string[]): unknown => {
    const [ratePerSecond = 0, burst = 0, leaseUs = 0] = args.map(Number)
    bank ??= new LeaseBank({ ratePerSecond, burst, leaseUs })
    const nowUs = clock.nowMs() * 1000
    const node = args[3] ?? ''
    const [held = 0, back = 0, want = 0, least = 0, demandPerSecond = 0, used = 0] = args.slice(4).map(Number)
    if (sha1 !== RENEW.sha1) return bank.release(nowUs, node, { back: held, used: back })
    const loan = bank.renew(nowUs, { node, held, back, want, least, demandPerSecond, used })
    return [loan.granted, loan.waitUs]
  }
  return {
    evalSha: (sha1, _keys, args) => later(clock, latencyMs, () => answer(sha1, args)),
    eval: () => {
      throw new Error('the bank knows its scripts')
    },
  }
}

/** There and back, half of the delay each. */
function later(clock: Clock, latencyMs: number, answer: () => unknown): PromiseLike<unknown> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: being a thenable is what it is for
    then(onReply) {
      if (latencyMs === 0) onReply?.(answer())
      else {
        clock.schedule(latencyMs / 2, () => {
          const reply = answer()
          clock.schedule(latencyMs / 2, () => onReply?.(reply))
        })
      }
      // Nothing is chained on it.
      return this as PromiseLike<never>
    },
  }
}
