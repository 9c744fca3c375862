/**
 * Reads the public surface of a built package: what each of its entry points
 * exports, as the compiler sees it in the declaration files a user gets.
 */
import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import ts from 'typescript'

/** One exported name. */
export interface PublicName {
  readonly name: string
  readonly symbol: ts.Symbol
  /** Its declarations: more than one for overloads. */
  readonly declarations: readonly ts.Declaration[]
}

/** What one entry point exports, by name. */
export interface EntryPoint {
  /** As a user imports it: `spillway`, `spillway/testing`. */
  readonly specifier: string
  readonly names: readonly PublicName[]
}

/** The public surface of one package. */
export interface Surface {
  readonly checker: ts.TypeChecker
  readonly entryPoints: readonly EntryPoint[]
  /** What public declarations speak of though no entry point exports it. */
  readonly unexported: readonly PublicName[]
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>
}

/** Reads the package in `folder`, which must be built. */
export function readSurface(folder: string): Surface {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string' || target.types === undefined) return []
    return [
      { specifier: join(manifest.name, subpath).split(sep).join('/'), path: join(folder, target.types) },
    ]
  })
  const program = ts.createProgram(
    files.map((file) => file.path),
    compilerOptions,
  )
  const checker = program.getTypeChecker()
  const entryPoints = files.map(({ specifier, path }) => {
    const module = program.getSourceFile(path)
    const symbol = module && checker.getSymbolAtLocation(module)
    if (!symbol) throw new Error(`${specifier}: ${path} is not built or exports nothing; run npm run build`)
    return {
      specifier,
      names: checker
        .getExportsOfModule(symbol)
        .map((each) => publicName(each, checker))
        .sort(byName),
    }
  })
  const names = entryPoints.flatMap((entry) => entry.names)
  return { checker, entryPoints, unexported: reachable(names, folder, checker) }
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
}

function byName(a: PublicName, b: PublicName): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function publicName(exported: ts.Symbol, checker: ts.TypeChecker): PublicName {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  return { name: exported.name, symbol, declarations: symbol.declarations ?? [] }
}

/** Follows the types that public declarations name, to those of the package that nobody can import. */
function reachable(names: readonly PublicName[], folder: string, checker: ts.TypeChecker): PublicName[] {
  const seen = new Set(names.map((each) => each.symbol))
  const found: PublicName[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) consider(node)
    ts.forEachChild(node, visit)
  }
  const consider = (node: ts.Identifier): void => {
    const local = checker.getSymbolAtLocation(node)
    if (!local) return
    const each = publicName(local, checker)
    const [declaration] = each.declarations
    if (!declaration || seen.has(each.symbol) || !isOwnTopLevel(declaration, folder)) return
    seen.add(each.symbol)
    found.push({ ...each, name: each.symbol.name })
    for (const one of each.declarations) visit(one)
  }
  for (const each of names) for (const declaration of each.declarations) visit(declaration)
  return found.sort(byName)
}

function isOwnTopLevel(declaration: ts.Declaration, folder: string): boolean {
  const file = declaration.getSourceFile().fileName
  if (!file.startsWith(folder.split(sep).join('/')) || file.includes('/node_modules/')) return false
  const parent = ts.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : declaration.parent
  return ts.isSourceFile(parent)
}
