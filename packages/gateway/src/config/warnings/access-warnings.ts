/**
 * Doors that are wider than they look.
 *
 * Pure; imports `settings-fault`, `warning`, `path`, `words`.
 */
import type { ResolvedSettings } from '../load-settings.ts'
import { type Path, textsIn, valueAt } from '../path.ts'
import { isSecretSetting } from '../settings-fault.ts'
import { msInWords } from '../words.ts'
import type { StreamView, Warning } from './warning.ts'

/**
 * Secrets that stand in the file itself.
 *
 * @param written - the configuration with its variables as they were written
 */
export function secretWarnings(written: unknown): readonly Warning[] {
  return textsIn(written).flatMap(({ path, text }) => {
    if (text.includes('${') || !isSecretSetting(path, written) || isOpenUrl(path, text)) return []
    const name = variableFor(path, written)
    const sentence = `${path.join('.')} is typed into the file, where whoever reads it or its history finds it: put it into the environment, and write $\{${name}}`
    return [{ path, sentence }]
  })
}

/** A URL is a secret for the password that it may hold. */
function isOpenUrl(path: Path, text: string): boolean {
  return path.at(-1) === 'url' && URL.canParse(text) && new URL(text).password === ''
}

/** `SHOP_KEY` for the key of tenant shop, `ORDERS_SINK_SECRET` for the secret of a stream's sink. */
function variableFor(path: Path, written: unknown): string {
  const [part, which] = path
  const owner = part === 'tenants' ? [valueAt(written, [part, which ?? 0, 'name'])] : []
  return [...owner, ...path]
    .map(String)
    .filter((word) => !/^(\d+|streams|tenants)$/.test(word))
    .join('_')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/\W/g, '_')
    .toUpperCase()
}

/** Pages that may send, where nobody is asked for a key. */
export function originWarnings({ cors, tenants }: ResolvedSettings): readonly Warning[] {
  const index = cors?.origins.indexOf('*') ?? -1
  if (index < 0 || tenants) return []
  const sentence =
    'lets every page that is open in a browser on this machine send events, since without tenants nobody is asked for a key; name the origins, or declare tenants'
  return [{ path: ['cors', 'origins', index], sentence: `cors.origins.${index} ${sentence}` }]
}

/** What is kept in Redis without need, or goes there unread by nobody. */
export function redisWarnings({ redis, tenants = [] }: ResolvedSettings): readonly Warning[] {
  if (!redis || tenants.some(({ rate }) => rate)) return []
  const sentence =
    'has nothing to share: no tenant has a ratePerSecond; leave it out, or give tenants their rates'
  return [{ path: ['redis'], sentence: `redis ${sentence}` }]
}

/** A signed request that can be sent again by whoever has seen it, once its id is forgotten. */
export function replayWarnings({ settings, warn }: StreamView): readonly Warning[] {
  const { verify, dedupe } = settings
  const validMs = 2 * (verify?.toleranceMs ?? 0)
  if (dedupe.windowMs >= validMs) return []
  const sentence = `forgets an id after ${msInWords(dedupe.windowMs)}, and its signature may be good for ${msInWords(validMs)} (twice verify.toleranceMs): whoever has seen a request can send it again in between; raise it to ${validMs}, or lower verify.toleranceMs`
  return [warn('dedupe.windowMs', sentence)]
}
