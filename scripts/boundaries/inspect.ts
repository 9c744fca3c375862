/**
 * Reads the modules of a tree with dependency-cruiser and names what breaks a rule.
 */
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import { roomsWithoutFloor } from './rooms.ts'
import { boundaryRules } from './rules.ts'

/** What was found in a tree. */
export interface Inspection {
  /** How many files were read. */
  readonly read: number
  /** Files that are there and were not read: a tool gone blind, and no reason to be glad of an empty list. */
  readonly unread: readonly string[]
  /** One line for each fault: the rule, and the import that breaks it. */
  readonly faults: readonly string[]
}

const notSource = new Set(['node_modules', 'dist', 'fixtures'])

/** Inspects `packages/` below `root`. */
export async function inspect(root: string): Promise<Inspection> {
  const options: ICruiseOptions = {
    baseDir: root,
    ruleSet: { forbidden: boundaryRules() },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules/' },
    exclude: { path: '(^|/)(dist|fixtures)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@spillway/source', 'types', 'import', 'node', 'default'],
    },
  }
  const { output } = await cruise(['packages'], options)
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text')
  const expected = sourceFiles(join(root, 'packages'), root)
  const homeless = roomsWithoutFloor(expected)
  const found = findings(output, expected)
  return { ...found, faults: [...homeless, ...found.faults] }
}

function findings(result: ICruiseResult, expected: readonly string[]): Inspection {
  const read = new Set(result.modules.map((module) => module.source))
  return {
    read: expected.filter((file) => read.has(file)).length,
    unread: expected.filter((file) => !read.has(file)),
    faults: result.summary.violations.map((violation) => {
      const way = violation.cycle?.map((step) => step.name).join(' → ') ?? violation.to
      return `${violation.rule.name}: ${violation.from} → ${way}`
    }),
  }
}

function sourceFiles(folder: string, root: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return notSource.has(entry.name) ? [] : sourceFiles(path, root)
    return /[.]tsx?$/.test(entry.name) ? [relative(root, path).split(sep).join('/')] : []
  })
}
