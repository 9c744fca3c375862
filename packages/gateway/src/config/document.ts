/**
 * A YAML file that remembers where everything stands.
 *
 * Pure; imports `config-error`, `environment`, `yaml-faults`.
 */
import { type Document, isMap, isNode, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { ConfigError } from './config-error.ts'
import { disguise, undisguised } from './environment.ts'
import type { Path } from './path.ts'
import { yamlFaults } from './yaml-faults.ts'

/** A place in a file. */
export interface Place {
  readonly offset: number
  /** `FILE:LINE:COLUMN`. */
  readonly text: string
}

/** What a configuration file says, and where. */
export interface ConfigDocument {
  /** The whole file as plain data, its variables as they were written; an empty file is `{}`. */
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
  const document = parseDocument(disguise(text), { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { offset, text: `${fileName}:${line}:${col}` }
  }
  const faults = yamlFaults(document, (offset) => lines.linePos(offset).line)
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ offset, sentence }) => `${place(offset).text} ${String(undisguised(sentence))}`),
    )
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
  const strangers = unknownAliases(document)
  if (strangers.length > 0) {
    throw new ConfigError(
      strangers.map(
        ({ offset, name }) =>
          `${place(offset).text} *${name} names nothing: mark what it stands for with &${name} before it, or quote the text`,
      ),
    )
  }
  return { data: undisguised(plainData(document, fileName)) ?? {}, placeOf, placeOfKey }
}

/** Aliases of what is not there, or not there yet. */
function unknownAliases(document: Document.Parsed): readonly { offset: number; name: string }[] {
  const found: { offset: number; name: string }[] = []
  visit(document, {
    Alias: (_, node) => {
      if (!node.resolve(document)) found.push({ offset: node.range?.[0] ?? 0, name: node.source })
    },
  })
  return found
}

/** Aliases may stand for more than any file needs. */
function plainData(document: Document.Parsed, fileName: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new ConfigError([`${fileName}: ${error instanceof Error ? error.message : String(error)}`])
  }
}
