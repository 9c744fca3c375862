/**
 * The instances behind one balancer: it sends each request to the next one
 * that lives. One that dies leaves its share to the others, which is how one
 * death becomes three.
 */
import type { Clock } from 'spillway'
import type { MakePolicy } from '../policies/policy.ts'
import type { Server } from '../scenario/scenario.ts'
import { Backend } from './backend.ts'
import { Site } from './site.ts'

/** What a fleet is made of. */
export interface FleetRoom {
  readonly server: Server
  readonly makePolicy: MakePolicy
  readonly clock: Clock
  /** Draws service times. */
  readonly serviceRandom: () => number
  /** Draws what the policy draws. */
  readonly policyRandom: () => number
}

/** The instances. */
export class Fleet {
  readonly #room: FleetRoom
  readonly #sites: Site[]
  #turn = 0
  #deaths = 0

  constructor(room: FleetRoom) {
    this.#room = room
    const count = room.server.instances?.count ?? 1
    this.#sites = Array.from({ length: count }, (_, index) => this.#open(index))
  }

  /** How often an instance died. */
  get deaths(): number {
    return this.#deaths
  }

  /** Requests inside all instances. */
  get inside(): number {
    let sum = 0
    for (const { inside } of this.#sites) sum += inside
    return sum
  }

  /** Slots that work, in all instances. */
  get busy(): number {
    let sum = 0
    for (const { dead, backend } of this.#sites) if (!dead) sum += backend.busy
    return sum
  }

  /** The limits of all policies together; `undefined` for policies without one. */
  get limit(): number | undefined {
    let sum: number | undefined
    for (const { policy } of this.#sites) if (policy.limit) sum = (sum ?? 0) + policy.limit()
    return sum
  }

  /** The next instance that lives; `undefined` when none does. */
  pick(): Site | undefined {
    for (let tries = 0; tries < this.#sites.length; tries++) {
      const site = this.#sites[this.#turn++ % this.#sites.length]!
      if (!site.dead) return site
    }
    return undefined
  }

  #open(index: number): Site {
    const { server, makePolicy, clock, serviceRandom, policyRandom } = this.#room
    const policy = makePolicy({
      clock,
      random: policyRandom,
      slots: server.slots,
      ratePerSecond: (server.slots * 1000) / server.service.meanMs,
    })
    const onDeath = (): void => {
      this.#deaths++
      clock.schedule(server.instances!.restartMs, () => {
        this.#sites[index] = this.#open(index)
      })
    }
    const mostInside = server.instances?.mostInside ?? Number.POSITIVE_INFINITY
    return new Site({ policy, backend: new Backend(server, clock, serviceRandom) }, { mostInside, onDeath })
  }
}
