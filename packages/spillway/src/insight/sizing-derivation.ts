/**
 * The reasoning behind a recommended capacity, as lines of text.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import { drainMs, erlangC, kingmanWait, lossMM1K } from './formulas.ts'
import type { SizingBounds } from './sizing-bounds.ts'
import type { Sizing } from './sizing-options.ts'
import { say, sayBytes, sayMs, sayShare } from './wording.ts'

/** A line for each formula that was used, then one for the choice. */
export function derivationOf(sizing: Sizing, bounds: SizingBounds, capacity: number): string[] {
  return [
    deadlineLine(sizing, bounds),
    ...memoryLines(sizing, bounds),
    ...randomnessLines(sizing, bounds),
    ...burstLines(sizing, bounds),
    choiceLine(sizing, bounds, capacity),
  ]
}

function deadlineLine(
  { serviceRatePerSecond, deadlineMs, serviceP99Ms }: Sizing,
  bounds: SizingBounds,
): string {
  return (
    `Deadline: K ≤ μ (D − S99) = ${say(serviceRatePerSecond)}/s × (${sayMs(deadlineMs)} − ${sayMs(serviceP99Ms)}) ` +
    `= ${say(bounds.byDeadline)}; what waits behind more comes too late.`
  )
}

function memoryLines({ itemBytes, memoryBytes }: Sizing, { byMemory }: SizingBounds): string[] {
  if (itemBytes === undefined || memoryBytes === undefined || byMemory === undefined) return []
  return [`Memory: K ≤ ${sayBytes(memoryBytes)} / ${sayBytes(itemBytes)} = ${say(byMemory)}.`]
}

function randomnessLines(sizing: Sizing, { forRandomness }: SizingBounds): string[] {
  const { arrivalRatePerSecond, serviceRatePerSecond, arrivalScv, serviceScv, lossTarget } = sizing
  if (arrivalRatePerSecond === undefined || forRandomness === undefined) return []
  const utilisation = arrivalRatePerSecond / serviceRatePerSecond
  const load = `Load: ρ = λ/μ = ${say(arrivalRatePerSecond)}/s / ${say(serviceRatePerSecond)}/s = ${say(utilisation)}`
  if (utilisation >= 1) {
    return [
      `${load}: whatever the capacity, 1 − 1/ρ = ${sayShare(1 - 1 / utilisation)} is lost. No buffer fixes overload.`,
      `Randomness: K ≥ ${say(forRandomness)} keeps the workers busy but for ${sayShare(lossTarget)}; more only adds waiting.`,
    ]
  }
  const scv = `(ρ × ${say(arrivalScv)} + ${say(serviceScv)})`
  return [
    `${load}.`,
    `Randomness (GI/G/1 by diffusion): K ≥ ln(1/${say(lossTarget)}) ${scv} / (2 (1 − ρ)) = ${say(forRandomness)} loses ${sayShare(lossTarget)}.`,
    waitLine(sizing, utilisation),
  ]
}

/** Allen and Cunneen's form of Kingman's law: with one worker it is Kingman's. */
function waitLine(sizing: Sizing, utilisation: number): string {
  const { workers, serviceRatePerSecond, arrivalRatePerSecond = 0 } = sizing
  const perService = (kingmanWait({ ...sizing, utilisation }) / utilisation) * erlangC(workers, utilisation)
  const waitMs = (1000 * perService) / serviceRatePerSecond
  return (
    `Wait: ${sayMs(waitMs)} on average with ${say(workers)} ${workers === 1 ? 'worker' : 'workers'}, ` +
    `hence L = λ W = ${say((waitMs * arrivalRatePerSecond) / 1000)} waiting (Little).`
  )
}

function burstLines(sizing: Sizing, { forBurst }: SizingBounds): string[] {
  const { burst, serviceRatePerSecond, arrivalRatePerSecond = 0 } = sizing
  if (burst === undefined || forBurst === undefined) return []
  const afterMs = drainMs(forBurst, serviceRatePerSecond, arrivalRatePerSecond)
  return [
    `Burst: K ≥ (B − μ) T = (${say(burst.ratePerSecond)} − ${say(serviceRatePerSecond)})/s × ${sayMs(burst.durationMs)} = ` +
      `${say(forBurst)}; its last item waits ${sayMs((1000 * forBurst) / serviceRatePerSecond)}, ` +
      `and the queue is empty again ${sayMs(afterMs)} after it.`,
  ]
}

function choiceLine(sizing: Sizing, bounds: SizingBounds, capacity: number): string {
  if (capacity === 0) return 'Capacity: 0; no queue helps here.'
  const need = Math.max(bounds.forRandomness ?? 0, bounds.forBurst ?? 0)
  const why = capacity === need ? 'the larger need, which the bounds allow' : 'the most that the bounds allow'
  const { arrivalRatePerSecond, serviceRatePerSecond } = sizing
  const fullMs = sayMs((1000 * capacity) / serviceRatePerSecond)
  const chosen = `Capacity: ${say(capacity)}, ${why}; when full it adds ${fullMs} of waiting`
  if (arrivalRatePerSecond === undefined) return `${chosen}.`
  const loss = lossMM1K(arrivalRatePerSecond / serviceRatePerSecond, capacity + 1)
  return `${chosen}; one exponential worker of that speed (M/M/1/K) would lose ${sayShare(loss)}.`
}
