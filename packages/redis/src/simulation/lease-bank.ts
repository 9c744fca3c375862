/**
 * The shared side of leases in TypeScript: what `lease/lease-script.ts` does
 * on Redis, statement by statement, for simulations. A test compares the two.
 * Times are microseconds, rates per microsecond. Pure: takes the time.
 */

/** The limit. */
export interface BankOptions {
  readonly ratePerSecond: number
  readonly burst: number
  readonly leaseUs: number
}

/** What a node says when it renews. */
export interface Renewal {
  readonly node: string
  readonly held: number
  readonly back: number
  readonly want: number
  readonly least: number
  readonly demandPerSecond: number
  readonly used: number
}

/** What it is lent, and how long until the least would be there. */
export interface Loan {
  readonly granted: number
  readonly waitUs: number
}

interface Lease {
  readonly held: number
  readonly endsUs: number
  readonly sinceUs: number
  readonly demand: number
}

/** One bucket, lent out. */
export class LeaseBank {
  readonly #ratePerUs: number
  readonly #burst: number
  readonly #leaseUs: number
  readonly #leases = new Map<string, Lease>()
  #debt = 0
  #atUs: number | undefined
  #out = 0
  #demands = 0
  #nextEndUs = 0

  constructor({ ratePerSecond, burst, leaseUs }: BankOptions) {
    this.#ratePerUs = ratePerSecond / 1e6
    this.#burst = burst
    this.#leaseUs = leaseUs
  }

  /** How many tokens the nodes hold unused, as far as they told. */
  get out(): number {
    return this.#out
  }

  renew(nowUs: number, { node, held, back, want, least, demandPerSecond, used }: Renewal): Loan {
    const own = this.#open(nowUs, node)
    const [rate, leaseUs, demand] = [this.#ratePerUs, this.#leaseUs, demandPerSecond / 1e6]
    this.#debt = own ? Math.max(0, this.#debt + own.held - held - back) : this.#debt + used
    const all = this.#demands + demand
    const part = all > 0 ? demand / all : 1
    const share = rate * part
    const sinceUs = own?.sinceUs ?? nowUs - leaseUs / 4
    const due = share * Math.min(Math.max(0, nowUs - sinceUs), leaseUs)
    const left = ((rate * leaseUs) / 4) * (1 - part)
    const free = Math.max(0, this.#burst - this.#debt - this.#out - held)
    const room = Math.max(rate * leaseUs - held, least)
    const granted = Math.max(0, Math.min(want, free, room, Math.max(due, free - left)))
    const waitUs = waitFor({ missing: least - granted, left, remaining: free - granted, rate, share })
    this.#out += held + granted
    this.#demands = all
    this.#nextEndUs = Math.min(this.#nextEndUs, nowUs + leaseUs)
    if (this.#nextEndUs <= nowUs) this.#nextEndUs = nowUs + leaseUs
    this.#leases.set(node, { held: held + granted, endsUs: nowUs + leaseUs, sinceUs: nowUs, demand })
    return { granted, waitUs }
  }

  release(
    nowUs: number,
    node: string,
    { back, used }: { readonly back: number; readonly used: number },
  ): void {
    const own = this.#open(nowUs, node)
    this.#debt = own ? Math.max(0, this.#debt + own.held - back) : this.#debt + used
    this.#leases.delete(node)
  }

  /** Brings the bucket to now, ends what has ended, and takes the node's own lease out of the sums. */
  #open(nowUs: number, node: string): Lease | undefined {
    const isNew = this.#atUs === undefined
    const atUs = Math.min(this.#atUs ?? nowUs, nowUs)
    this.#debt = Math.max(0, this.#debt - (nowUs - atUs) * this.#ratePerUs)
    this.#atUs = nowUs
    if (isNew) this.#nextEndUs = nowUs
    else if (this.#nextEndUs <= nowUs || this.#nextEndUs > nowUs + this.#leaseUs) this.#sweep(nowUs)
    const own = this.#leases.get(node)
    if (own) {
      this.#out = Math.max(0, this.#out - own.held)
      this.#demands = Math.max(0, this.#demands - own.demand)
    }
    return own
  }

  #sweep(nowUs: number): void {
    this.#out = 0
    this.#demands = 0
    this.#nextEndUs = nowUs + this.#leaseUs
    for (const [node, { held, endsUs, demand }] of this.#leases) {
      if (endsUs <= nowUs || endsUs > nowUs + this.#leaseUs) {
        this.#leases.delete(node)
      } else {
        this.#out += held
        this.#demands += demand
        this.#nextEndUs = Math.min(this.#nextEndUs, endsUs)
      }
    }
  }
}

interface Shortage {
  readonly missing: number
  readonly left: number
  readonly remaining: number
  readonly rate: number
  readonly share: number
}

function waitFor({ missing, left, remaining, rate, share }: Shortage): number {
  if (!(missing > 0)) return 0
  const alone = Math.max(0, (missing + left - remaining) / rate)
  const shared = share > 0 ? missing / share : alone
  const waitUs = Math.ceil(Math.max((missing - remaining) / rate, Math.min(alone, shared))) + 1
  return Math.min(waitUs, 4e15)
}
