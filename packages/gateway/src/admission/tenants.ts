/**
 * Who sends: from the key in a request's headers to the tenant whose it is.
 *
 * Imports `spillway`, `config`, `body-budget`, `held-answers`, `keyring`, `refusal`, `tenant-rate`.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Refusal } from 'spillway'
import type { TenantSettings } from '../config/tenant-settings.ts'
import type { BodyBudget, ByteBudget } from './body-budget.ts'
import { Promptness } from './held-answers.ts'
import { Keyring } from './keyring.ts'
import { OverloadWords, prepared, quotaOf, type RequestRefusal } from './refusal.ts'
import { LocalTenantRate, type TenantRate } from './tenant-rate.ts'

/** Whoever sends: a tenant, or where no key is needed, anybody. */
export interface Tenant {
  /** Empty for anybody. */
  readonly name: string
  /** `undefined`: no rate of its own. */
  readonly rate: TenantRate | undefined
  /** Its part of the memory for bodies. */
  readonly bodies: ByteBudget
  /** What its rate said, in the words of the gateway. */
  overRate(refusal: Pick<Refusal, 'code' | 'retryAfterMs'>): RequestRefusal
  /** Whether it may send to a stream of this name; nothing is said of whether there is one. */
  mayUse(streamName: string): boolean
}

/** Makes the rate of a tenant that has one. */
export type RateOf = (settings: TenantSettings & { readonly rate: object }) => TenantRate

/** Who may send. */
export interface TenantsOptions {
  /** Left out, anybody may. */
  readonly tenants: readonly TenantSettings[] | undefined
  readonly bodies: BodyBudget
  /** Where rates are kept: by this gateway alone, when left out. */
  readonly rateOf?: RateOf | undefined
}

const BEARER = /^bearer +(\S+) *$/i
const HOW = 'send the key of a tenant as "Authorization: Bearer KEY", or as "X-API-Key: KEY"'
/** Refusals of requests without a right key that are told at once, a second, of all senders together. */
const PROMPT_STRANGERS = 100
const MISSING = prepared('ERR_UNAUTHENTICATED', `no key was sent; ${HOW}`)
const WRONG = prepared('ERR_UNAUTHENTICATED', `the key that was sent is nobody’s; ${HOW}`)

/** Everybody who may send. */
export class Tenants {
  /** Whoever needs no key. */
  readonly anybody: Tenant
  /** Whether nobody needs a key. */
  readonly isOpen: boolean
  readonly #keyring = new Keyring<Tenant>()
  readonly #strangers = new Promptness(PROMPT_STRANGERS)

  constructor({
    tenants,
    bodies,
    rateOf = (settings) => new LocalTenantRate(settings.rate),
  }: TenantsOptions) {
    this.isOpen = tenants === undefined
    this.anybody = anybody(bodies)
    for (const settings of tenants ?? []) {
      const tenant = this.#tenant(settings, bodies, rateOf)
      for (const key of settings.keys) this.#keyring.add(key.reveal(), tenant)
    }
  }

  /**
   * Whose request this is. Without tenants, anybody's, whatever its headers say.
   *
   * @param isSigned - whether the request will have to prove by a signature who sent it: then it needs no key, but one
   * that is sent must be right
   */
  identify(headers: IncomingHttpHeaders, isSigned: boolean): Tenant | RequestRefusal {
    if (this.isOpen) return this.anybody
    const key = keyIn(headers)
    if (key === undefined) return isSigned ? this.anybody : this.#stranger(MISSING)
    return this.#keyring.ownerOf(key) ?? this.#stranger(WRONG)
  }

  #stranger(refusal: RequestRefusal): RequestRefusal {
    return this.#strangers.isHeld() ? { ...refusal, isHeld: true } : refusal
  }

  #tenant(settings: TenantSettings, bodies: BodyBudget, rateOf: RateOf): Tenant {
    const { name, rate } = settings
    const streams = settings.streams && new Set(settings.streams)
    const words = new OverloadWords(`tenant ${name}`)
    const quota = rate && quotaOf('tenant', rate)
    const promptness = new Promptness(rate?.ratePerSecond ?? 0)
    return {
      name,
      rate: rate && rateOf({ ...settings, rate }),
      overRate: (refusal) => {
        const isHeld = refusal.code === 'ERR_RATE_LIMITED' && promptness.isHeld()
        return { ...words.refusal(refusal, quota), isHeld }
      },
      bodies: bodies.of(name),
      mayUse: (streamName) => streams?.has(streamName) ?? true,
    }
  }
}

function anybody(bodies: BodyBudget): Tenant {
  const words = new OverloadWords('whoever needs no key')
  return {
    name: '',
    rate: undefined,
    bodies: bodies.of(''),
    overRate: (refusal) => words.refusal(refusal),
    mayUse: () => true,
  }
}

/** Whether somebody was identified. */
export function isTenant(identified: Tenant | RequestRefusal): identified is Tenant {
  return 'mayUse' in identified
}

/** The key that was sent, right or wrong; `undefined` when there is none. */
function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? ''
  const key = headers['x-api-key']
  return Array.isArray(key) ? key[0] : key
}
