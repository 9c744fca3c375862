/**
 * From plain data to settings, or to what is wrong with it.
 *
 * A variable's value is a text, whatever is wanted: where a number or a truth
 * value is, and the text is one, it is read as such.
 *
 * Pure; imports `settings`, `path`.
 */
import type { z } from 'zod'
import { type Path, valueAt } from './path.ts'
import { type GatewaySettings, gatewaySettings } from './settings.ts'

/** @param written - the same data with its variables as they were written */
export function parseSettings(data: unknown, written: unknown): z.ZodSafeParseResult<GatewaySettings> {
  const result = gatewaySettings.safeParse(data)
  if (result.success) return result
  const plain = result.error.issues.reduce((read, { path }) => withPlainValue(read, written, path), data)
  return plain === data ? result : gatewaySettings.safeParse(plain)
}

function withPlainValue(data: unknown, written: unknown, path: Path): unknown {
  const value = valueAt(data, path)
  if (typeof value !== 'string' || value === valueAt(written, path)) return data
  const plain = plainValue(value)
  return plain === undefined ? data : replaced(data, path, plain)
}

function plainValue(text: string): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+([.]\d+)?$/.test(text) ? Number(text) : undefined
}

function replaced(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined || typeof data !== 'object' || data === null) return value
  const child = replaced(Reflect.get(data, key), rest, value)
  return Array.isArray(data) ? data.with(Number(key), child) : { ...data, [key]: child }
}
