/**
 * The door of the ingest listener: whose request it is, and for which stream.
 *
 * Nothing is told of a stream before it is known who asks; what a tenant may
 * not use is forbidden whether it exists or not.
 *
 * Imports `admission`, `config`, `cors`, `take-events`.
 */
import type { IncomingMessage } from 'node:http'
import type { ConnectionShares } from '../admission/connection-shares.ts'
import { prepared, type RequestRefusal } from '../admission/refusal.ts'
import { isTenant, type Tenant, type Tenants } from '../admission/tenants.ts'
import { nearestWord } from '../config/nearest-word.ts'
import type { Cors } from './cors.ts'
import type { Entrance, Visit } from './take-events.ts'

/** What the paths of streams begin with. */
export const STREAMS_PATH = '/v1/streams/'
/** The most stream names that a 404 lists. */
const MAX_LISTED = 20

/** What the reception goes by. */
export interface ReceptionOptions {
  readonly tenants: Tenants
  readonly connections: ConnectionShares
  readonly entrances: ReadonlyMap<string, Entrance>
  readonly cors: Cors | undefined
}

const UNKNOWN_PATH = prepared(
  'ERR_UNKNOWN_PATH',
  `nothing is here; events are taken by POST ${STREAMS_PATH}{stream}`,
)

/** Lets requests in. */
export class Reception {
  readonly #options: ReceptionOptions

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  /** Who comes for which stream, or why that is refused. */
  visit(request: IncomingMessage, streamName: string | undefined): Visit | RequestRefusal {
    if (streamName === undefined) return UNKNOWN_PATH
    const { tenants, connections, entrances } = this.#options
    const entrance = entrances.get(streamName)
    const identified = tenants.identify(request.headers, entrance?.admission.isSigned === true)
    const tenant = connections.enter(request.socket, identified)
    if (!isTenant(tenant)) return tenant
    const refusal = this.#forbidden(request, streamName, tenant)
    if (refusal) return refusal
    if (!entrance) return this.#unknownStream(streamName, tenant)
    return request.method === 'POST' ? { entrance, tenant } : methodNotAllowed(request.method)
  }

  #forbidden({ headers }: IncomingMessage, streamName: string, tenant: Tenant): RequestRefusal | undefined {
    const { tenants, cors } = this.#options
    const { origin } = headers
    // A page that has got itself this machine's name would need no key: browsers always say where a page is from.
    if (tenants.isOpen && origin !== undefined && !cors?.allows(origin)) return foreignPage(origin)
    return tenant.mayUse(streamName) ? undefined : forbiddenStream(streamName, tenant)
  }

  #unknownStream(name: string, tenant: Tenant): RequestRefusal {
    const known = [...this.#options.entrances.keys()].filter((each) => tenant.mayUse(each))
    const nearest = nearestWord(name, known)
    const listed = known.slice(0, MAX_LISTED).join(', ') + (known.length > MAX_LISTED ? ', …' : '')
    const hint = nearest === undefined ? '' : ` did you mean "${nearest}"?`
    const detail = `no stream is called ${shown(name)};${hint} there are: ${listed}`
    return { code: 'ERR_UNKNOWN_STREAM', detail }
  }
}

/** Whether there is somebody to be let in. */
export function isVisit(answer: Visit | RequestRefusal): answer is Visit {
  return 'entrance' in answer
}

function foreignPage(origin: string): RequestRefusal {
  const detail = `pages of the origin ${shown(origin)} may not send; name it in cors.origins`
  return { code: 'ERR_FORBIDDEN_ORIGIN', detail }
}

function forbiddenStream(name: string, tenant: Tenant): RequestRefusal {
  const detail = `tenant ${tenant.name} may not send to ${shown(name)}; have it added to the tenant’s streams`
  return { code: 'ERR_FORBIDDEN_STREAM', detail }
}

function methodNotAllowed(method: string | undefined): RequestRefusal {
  return {
    code: 'ERR_METHOD_NOT_ALLOWED',
    detail: `${method} does nothing here; send events by POST`,
    allow: 'POST',
  }
}

/** What somebody sent, for a sentence. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}
