import { describe, expect, it } from 'vitest'
import type { Ask, Gate, Permit, Refusal } from '../gate/gate.ts'
import { EMPTY_PERMIT } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from './gate-conformance.ts'
import type { GateUnderTest } from './gate-conformance-subject.ts'

/** A gate of three places, with one fault to be chosen. */
class FaultyGate implements Gate {
  readonly #fault: string
  #free = 3

  constructor(fault: string) {
    this.#fault = fault
  }

  tryEnter(ask?: Ask): Permit | Refusal {
    if (Number.isNaN(ask?.cost) && this.#fault !== 'nonsense') {
      throw new OptionError('FaultyGate', 'cost', 'no number')
    }
    if (this.#fault === 'unbounded') return EMPTY_PERMIT
    if (this.#free <= 0) {
      if (this.#fault === 'costly refusal') this.#free--
      const { code, scope } = refusal('ERR_CONCURRENCY_LIMITED')
      return { admitted: false, code, scope: this.#fault === 'wrong scope' ? 'client' : scope }
    }
    this.#free--
    let held = true
    const giveBack = (): void => {
      if (held || this.#fault === 'ends twice') this.#free++
      held = false
    }
    return { admitted: true, end: giveBack, cancel: this.#fault === 'no cancel' ? () => {} : giveBack }
  }

  async enter(ask?: Ask): Promise<Permit> {
    const answer = this.tryEnter(ask)
    if (answer.admitted || this.#fault === 'starts refused work') return answer as Permit
    throw refusalError('FaultyGate', answer)
  }
}

async function broken(fault: string, more: Partial<GateUnderTest> = {}): Promise<string[]> {
  const make = (): GateUnderTest => ({ gate: new FaultyGate(fault), capacity: 3, ...more })
  const messages: string[] = []
  for (const { run } of gateConformance({ name: 'faulty', make })) {
    await run().catch((error: unknown) => messages.push(String(error)))
  }
  return messages
}

describe('gateConformance', () => {
  it.each([
    ['unbounded', 'the gate is bounded'],
    ['starts refused work', 'a saturated gate refuses with an OverloadError'],
    ['wrong scope', 'a refusal has the scope of its code'],
    ['costly refusal', 'refusals take nothing'],
    ['ends twice', 'a permit ended three times makes room once'],
    ['no cancel', 'all that was cancelled can be had again'],
    ['nonsense', 'NaN is not admitted'],
    ['ignores aborted signals', 'aborted before the call'],
  ])('finds the fault "%s"', async (fault, message) => {
    expect((await broken(fault)).join('\n')).toContain(message)
  })

  it('finds a gate that lets nobody wait although it says so', async () => {
    expect((await broken('none', { maxWaiting: 2 })).join('\n')).toContain('as many wait as may wait')
  })
})
