/**
 * The routes that the admin listener has, asked of the server itself.
 */
import { Metrics } from '../../src/observe/metrics.ts'
import { RequestLedger } from '../../src/observe/request-ledger.ts'
import { takeSnapshot } from '../../src/observe/snapshot.ts'
import { createAdmin } from '../../src/server/admin.ts'

/** `METHOD PATH` for each, with `{name}` for what varies. `HEAD`, which comes with each `GET`, is left out. */
export async function adminRoutes(): Promise<readonly string[]> {
  const observed = {
    streams: [],
    astray: new RequestLedger(),
    bodyBytes: () => 0,
    isReady: () => true,
    nowMs: () => 0,
    wallNowMs: () => 0,
  }
  const admin = createAdmin({
    guard: { host: '127.0.0.1', hosts: [], token: undefined },
    identity: { version: '1.2.3', startedAtMs: 0 },
    snapshot: () => takeSnapshot(observed),
    metrics: new Metrics(observed),
    streams: [],
    dashboard: [],
    isReady: () => true,
    onFault: () => {},
    onChanged: () => {},
  })
  await admin.ready()
  return routesIn(admin.printRoutes({ commonPrefix: false }))
}

/** Reads a tree of paths, in which a branch is deeper by four characters. */
function routesIn(tree: string): readonly string[] {
  const above: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods = ''] =
      /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
    if (part === '') return []
    const depth = indent.length / 4
    above[depth] = part
    const path = above
      .slice(0, depth + 1)
      .join('')
      .replaceAll(/:(\w+)/g, '{$1}')
    return methods
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD')
      .map((method) => `${method} ${path}`)
  })
}
