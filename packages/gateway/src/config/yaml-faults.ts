/**
 * What is wrong with the YAML itself, each fault with what to do about it.
 *
 * The parser says what it met, in the words of YAML's grammar. Where those
 * name no remedy, it is added. Of a key that stands twice the parser does not
 * say which, nor where it was before: both are looked up.
 *
 * Pure; imports nothing.
 */
import { type Document, isNode, type Pair, visit, type YAMLParseError, type YAMLWarning } from 'yaml'

type Fault = YAMLParseError | YAMLWarning

/** A fault in words, and where it is. */
export interface YamlFault {
  readonly offset: number
  readonly sentence: string
}

/** What mends faults whose own words do not tell. */
const REMEDIES: Readonly<Partial<Record<Fault['code'], string>>> = {
  TAB_AS_INDENT: 'use spaces',
  BLOCK_AS_IMPLICIT_KEY: 'align this line and the next, or quote a value that has ": " in it',
  MULTILINE_IMPLICIT_KEY: 'write NAME: VALUE, with a colon and a space',
  BAD_SCALAR_START: 'quote the value',
}

/**
 * What the parser found, one fault for each place: what it adds there follows from the first.
 *
 * @param lineOf - the line, from 1, of an offset in the text
 */
export function yamlFaults(
  document: Document.Parsed,
  lineOf: (offset: number) => number,
): readonly YamlFault[] {
  const found = new Map<number, string>()
  for (const fault of [...document.errors, ...document.warnings]) {
    const [offset] = fault.pos
    if (!found.has(offset)) found.set(offset, sentenceFor(fault, document, lineOf))
  }
  return [...found].map(([offset, sentence]) => ({ offset, sentence }))
}

function sentenceFor(fault: Fault, document: Document.Parsed, lineOf: (offset: number) => number): string {
  if (fault.code === 'DUPLICATE_KEY') {
    const twice = keyTwice(document, fault.pos[0])
    if (twice)
      return `"${twice.name}" stood before, in line ${lineOf(twice.firstOffset)}: keep one of the two`
  }
  if (fault.code === 'MULTIPLE_DOCS') {
    return 'a configuration is one document: remove this "---", or put the rest into another file'
  }
  const remedy = REMEDIES[fault.code]
  return remedy === undefined ? fault.message : `${fault.message}: ${remedy}`
}

/** The key at `offset`, and where its map has it first. */
function keyTwice(
  document: Document.Parsed,
  offset: number,
): { readonly name: string; readonly firstOffset: number } | undefined {
  let found: { name: string; firstOffset: number } | undefined
  visit(document, {
    Map: (_, { items }) => {
      const again = items.find((pair) => keyOffset(pair) === offset)
      if (!again) return
      const name = String(again.key)
      const first = items.find(({ key }) => String(key) === name) ?? again
      found = { name, firstOffset: keyOffset(first) ?? offset }
      return visit.BREAK
    },
  })
  return found
}

function keyOffset({ key }: Pair): number | undefined {
  return isNode(key) ? key.range?.[0] : undefined
}
