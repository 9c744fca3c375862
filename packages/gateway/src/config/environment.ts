/**
 * `${NAME}` in the texts of a configuration: the value of an environment
 * variable. `$${` stands for a `${` that is meant as it is.
 *
 * Braces mean something in YAML, so that `{ key: ${KEY} }` would be no text at
 * all: they are disguised, each by one character, until the file is parsed.
 *
 * Pure; the caller reads the environment. Imports `path`.
 */
import type { Path } from './path.ts'

/** The variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A text that names a variable that is not there. */
export interface UnsetVariable {
  readonly path: Path
  readonly sentence: string
}

/** A configuration with the values of its variables, and those that are missing. */
export interface Expanded {
  readonly data: unknown
  readonly unset: readonly UnsetVariable[]
  /** The values that were put in, by variable. */
  readonly used: ReadonlyMap<string, string>
}

/** Two characters of Unicode's private use area, which no text of a configuration needs. */
const OPEN = '\uE000'
const CLOSE = '\uE001'
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** A variable, or with two dollars the text that would be one. */
const REFERENCE = /\$?\$\{([^{}\n]*)\}|\$\$\{/g

/** The text of a file with the braces of variables disguised. Every character keeps its place. */
export function disguise(text: string): string {
  return text.replace(/\$\{([^{}\n]*)\}/g, `$$${OPEN}$1${CLOSE}`)
}

/** Plain data, keys and texts, with the braces as they were written. */
export function undisguised(data: unknown): unknown {
  const plain = (text: string): string => text.replaceAll(OPEN, '{').replaceAll(CLOSE, '}')
  if (typeof data === 'string') return plain(data)
  if (Array.isArray(data)) return data.map(undisguised)
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [plain(key), undisguised(value)]))
}

/** Puts the values of variables into every text of `written`; the keys stay as they are. */
export function expand(written: unknown, environment: Environment): Expanded {
  const unset: UnsetVariable[] = []
  const used = new Map<string, string>()
  const visit = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') {
      return value.replace(REFERENCE, (reference, name: string | undefined) => {
        if (reference.startsWith('$$')) return reference.slice(1)
        const found = lookUp(name, environment)
        if (name === undefined || found === undefined) {
          unset.push({ path, sentence: unsetSentence(reference, name) })
          return reference
        }
        used.set(name, found)
        return found
      })
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]))
  }
  return { data: visit(written, []), unset, used }
}

function lookUp(name: string | undefined, environment: Environment): string | undefined {
  return name !== undefined && NAME.test(name) && Object.hasOwn(environment, name)
    ? environment[name]
    : undefined
}

function unsetSentence(reference: string, name: string | undefined): string {
  return NAME.test(name ?? '')
    ? `the variable ${name} is not set; set it where the gateway is started, or write $$\{ for a plain $\{`
    : `${reference} names no variable; a name is of letters, digits and _, and $$\{ stands for a plain $\{`
}
