import { describe, expect, it } from 'vitest'
import { CRITICALITIES } from '../gate/criticality.ts'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { PressureGate } from './pressure-gate.ts'

/** A gate over one probe that sheds from 100 to 400, set by hand. */
function gateOver(clock = new VirtualClock()) {
  const dial = { value: 0, reads: 0 }
  const read = (): number => {
    dial.reads++
    return dial.value
  }
  const gate = new PressureGate({ probes: [{ name: 'dial', read, from: 100, to: 400 }], clock })
  const turn = (value: number): string[] => {
    dial.value = value
    clock.advance(250)
    return CRITICALITIES.filter((criticality) => gate.tryEnter({ criticality }).admitted)
  }
  return { clock, dial, gate, turn }
}

for (const { name, run } of gateConformance({
  name: 'PressureGate',
  make: ({ clock }) => {
    const { gate, turn } = gateOver(clock)
    return {
      gate,
      saturate: () => {
        turn(400)
        return []
      },
      relieve: () => turn(0),
    }
  },
})) {
  it(name, run)
}

describe('PressureGate', () => {
  it.each([
    { value: 99, admits: ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'] },
    { value: 100, admits: ['critical-plus', 'critical', 'sheddable-plus'] },
    { value: 200, admits: ['critical-plus', 'critical'] },
    { value: 300, admits: ['critical-plus'] },
    { value: 400, admits: [] },
    { value: 9000, admits: [] },
  ])('at $value of a range from 100 to 400 it admits $admits', ({ value, admits }) => {
    expect(gateOver().turn(value)).toEqual(admits)
  })

  it('takes a class back only a tenth of the range below the point at which it went', () => {
    const { turn } = gateOver()
    turn(200)
    expect(turn(171)).toEqual(['critical-plus', 'critical'])
    expect(turn(169)).toEqual(['critical-plus', 'critical', 'sheddable-plus'])
    expect(turn(71)).toEqual(['critical-plus', 'critical', 'sheddable-plus'])
    expect(turn(69)).toEqual(['critical-plus', 'critical', 'sheddable-plus', 'sheddable'])
  })

  it('does not flutter between two readings around a threshold', () => {
    const { gate, turn } = gateOver()
    const changes = new Set<string>()
    for (let i = 0; i < 20; i++) {
      turn(i % 2 ? 99 : 101)
      changes.add(gate.stats().shedding.join())
    }
    expect(changes).toEqual(new Set(['sheddable']))
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'counts a reading of %s as no pressure, and says how often',
    (value) => {
      const { gate, turn } = gateOver()
      expect(turn(value)).toHaveLength(4)
      expect(gate.stats().probes).toEqual({ dial: { value: undefined, pressure: undefined, badReadings: 1 } })
    },
  )

  it('survives a probe that throws', () => {
    const read = (): number => {
      throw new Error('no such file')
    }
    const gate = new PressureGate({
      probes: [{ name: 'broken', read, from: 0, to: 1 }],
      clock: new VirtualClock(),
    })
    expect(gate.tryEnter().admitted).toBe(true)
    expect(gate.stats().probes['broken']?.badReadings).toBe(1)
  })

  it('reads its probes once per sampleMs at most, and not at all while nobody asks', () => {
    const { clock, dial, gate } = gateOver()
    for (let i = 0; i < 100; i++) gate.tryEnter()
    clock.advance(10_000)
    expect(dial.reads).toBe(1)
    expect(clock.pending).toBe(0)
    gate.tryEnter()
    expect(dial.reads).toBe(2)
  })

  it('goes on reading after the clock was set back', () => {
    const { clock, gate, turn } = gateOver(new VirtualClock(1e6))
    turn(0)
    clock.step(-500_000)
    expect(turn(400)).toEqual([])
    expect(gate.stats().shed).toBe(4)
  })

  it('sheds by the highest pressure of several probes', () => {
    const probe = (name: string, value: number) => ({ name, read: () => value, from: 0, to: 3 })
    const gate = new PressureGate({ probes: [probe('a', -1), probe('b', 2)], clock: new VirtualClock() })
    gate.tryEnter()
    expect(gate.stats().shedding).toEqual(['sheddable', 'sheddable-plus', 'critical'])
  })

  it('watches the probes that it was made with, whatever becomes of their list', () => {
    const probe = (name: string) => ({ name, read: () => 0, from: 1, to: 2 })
    const probes = [probe('a')]
    const gate = new PressureGate({ probes, clock: new VirtualClock() })
    probes.push(probe('b'))
    expect(gate.tryEnter().admitted).toBe(true)
  })

  it('refuses no probes, two of one name, and a range that is none, by name', () => {
    const probe = { name: 'heap', read: () => 0, from: 0.8, to: 0.9 }
    expect(() => new PressureGate({ probes: [] })).toThrow(OptionError)
    expect(() => new PressureGate({ probes: [probe, probe] })).toThrow('with a name of its own')
    expect(() => new PressureGate({ probes: [{ ...probe, to: 0.8 }] })).toThrow(
      'option "to" of the probe "heap" must be above its "from" of 0.8, got 0.8',
    )
    expect(() => new PressureGate({ probes: [{ ...probe, from: Number.NaN }] })).toThrow('heap: from')
  })
})
