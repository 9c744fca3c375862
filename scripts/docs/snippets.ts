/**
 * Checks the TypeScript of the documents against the built library: what a
 * reader copies must compile.
 *
 * A snippet is shown without its surroundings, so names that it does not
 * declare may be anything; all else is an error: an import that does not
 * exist, an option misspelt, a method that is gone.
 */
import { join } from 'node:path'
import ts from 'typescript'

/** A piece of TypeScript in a page. */
export interface Snippet {
  readonly path: string
  /** The line on which it starts in the page, from 1. */
  readonly line: number
  readonly text: string
}

const unknownNames = new Set([2304, 2552, 18004])

/** The snippets of a page that import something from this project. */
export function snippetsOf(path: string, markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap((match) => {
    const [, text = ''] = match
    if (!/ from '(@spillway\/|spillway)/.test(text)) return []
    return [{ path, line: markdown.slice(0, match.index).split('\n').length + 1, text }]
  })
}

/** One line for each error of the compiler. The packages must be built; `root` holds `node_modules`. */
export function snippetFaults(snippets: readonly Snippet[], root: string): string[] {
  const files = new Map(snippets.map((snippet, index) => [join(root, `snippet-${index}.ts`), snippet]))
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (file) => files.has(file) || fileExists(file)
  host.getSourceFile = (file, languageVersion) => {
    const snippet = files.get(file)
    if (!snippet) return getSourceFile(file, languageVersion)
    return ts.createSourceFile(file, `${snippet.text}\nexport {}\n`, languageVersion)
  }
  host.getCurrentDirectory = () => root
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files].flatMap(([file, snippet]) => {
    const source = program.getSourceFile(file)
    if (!source) return [`${snippet.path}:${snippet.line}: could not be read`]
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.filter(({ code }) => !unknownNames.has(code)).map((each) => describe(each, source, snippet))
  })
}

function describe(diagnostic: ts.Diagnostic, source: ts.SourceFile, { path, line }: Snippet): string {
  const at = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line
  return `${path}:${line + at}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  noEmit: true,
}
