/**
 * The exact limit in TypeScript: what the Lua script must answer, at any
 * time, rate, burst and cost. A plain model, written from the definition.
 */

/** What the script answers. */
export type ModelAnswer = readonly [granted: 0 | 1, waitUs: number, sum?: string]

/** One key. */
export class GcraModel {
  readonly #ratePerUs: number
  readonly #burst: number
  #state: { readonly debt: number; readonly atUs: number; readonly granted: number } | undefined

  constructor(ratePerSecond: number, burst: number) {
    this.#ratePerUs = ratePerSecond / 1e6
    this.#burst = burst
  }

  decide(nowUs: number, cost: number, mostUs: number): ModelAnswer {
    const { owed, granted, hasSteppedBack } = this.#open(nowUs)
    const waitUs = this.#waitUs(nowUs, owed, cost)
    if (waitUs > mostUs) {
      if (hasSteppedBack) this.#keep(nowUs, owed(nowUs), granted)
      return [0, waitUs]
    }
    this.#keep(nowUs, owed(nowUs) + cost, granted + cost)
    return waitUs === 0 ? [1, 0] : [1, waitUs, String(granted + cost)]
  }

  giveBack(nowUs: number, cost: number, sum?: number): 0 | 1 {
    const isThere = this.#state !== undefined
    const { owed, granted } = this.#open(nowUs)
    if (!isThere) return 0
    const after = sum === undefined ? 0 : granted - sum
    const back = after < 0 ? 0 : cost - after
    if (back <= 0) return 0
    const owes = owed(nowUs) - back
    if (owes > 0) this.#keep(nowUs, owes, granted)
    else this.#state = undefined
    return 1
  }

  #open(nowUs: number) {
    const { debt, atUs, granted } = this.#state ?? { debt: 0, atUs: nowUs, granted: 0 }
    const hasSteppedBack = atUs > nowUs
    const fromUs = Math.min(atUs, nowUs)
    const owed = (us: number): number => Math.max(0, debt - (us - fromUs) * this.#ratePerUs)
    return { owed, granted, hasSteppedBack }
  }

  #waitUs(nowUs: number, owed: (us: number) => number, cost: number): number {
    const room = this.#burst - cost
    const over = owed(nowUs) - room
    if (!(over > 0)) return 0
    let waitUs = Math.ceil(over / this.#ratePerUs)
    for (let step = 1; owed(nowUs + waitUs) > room; step *= 2) waitUs += step
    return waitUs
  }

  #keep(nowUs: number, debt: number, granted: number): void {
    this.#state = { debt, atUs: nowUs, granted }
  }
}
