/**
 * Finds words and paths that the rules forbid.
 */
import { emptyNames, textRules } from './rules.ts'

/** The fault of a path: a folder or file whose name says nothing. */
export function faultOfPath(path: string): string | undefined {
  const empty = path.split('/').find((part) => emptyNames.has(part.split('.')[0] ?? ''))
  return empty && `${path}: "${empty}" says nothing about what it holds: name the idea`
}

/** The faults of a text, each with its line. */
export function faultsOfText(path: string, text: string): string[] {
  const rules = textRules.filter((rule) => !rule.except?.test(path))
  return text.split('\n').flatMap((line, index) => {
    const broken = rules.filter((rule) => rule.pattern.test(line))
    return broken.map((rule) => `${path}:${index + 1}: ${rule.instead}`)
  })
}
