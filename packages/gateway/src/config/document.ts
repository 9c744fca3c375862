/**
 * A YAML file that remembers where everything stands.
 *
 * Pure; imports `config-error`.
 */
import { isMap, isNode, LineCounter, type Node, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'

/** Keys and indexes from the root of a document to a value. */
export type Path = readonly PropertyKey[]

/** A place in a file. */
export interface Place {
  readonly offset: number
  /** `FILE:LINE:COLUMN`. */
  readonly text: string
}

/** What a configuration file says, and where. */
export interface ConfigDocument {
  /** The whole file as plain data; an empty file is `{}`. */
  readonly data: unknown
  /** The place of the value at `path`, or of its nearest parent that exists. */
  placeOf(path: Path): Place
  /** The place of the key that ends `path`. */
  placeOfKey(path: Path): Place
}

/**
 * Reads a YAML text.
 *
 * @param fileName - how the file is called in messages
 * @throws ConfigError naming line and column of each fault in the YAML itself
 */
export function readDocument(fileName: string, text: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { offset, text: `${fileName}:${line}:${col}` }
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    throw new ConfigError(faults.map((fault) => `${place(fault.pos[0]).text} ${fault.message}`))
  }
  const nodeAt = (path: Path): Node | undefined => {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true)
    return isNode(node) ? node : undefined
  }
  const placeOf = (path: Path): Place => {
    const offset = nodeAt(path)?.range?.[0]
    if (offset !== undefined) return place(offset)
    return path.length === 0 ? place(0) : placeOf(path.slice(0, -1))
  }
  const placeOfKey = (path: Path): Place => {
    const parent = nodeAt(path.slice(0, -1))
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => String(key) === String(path.at(-1)))
      : undefined
    return isNode(pair?.key) && pair.key.range ? place(pair.key.range[0]) : placeOf(path)
  }
  return { data: document.toJS() ?? {}, placeOf, placeOfKey }
}
