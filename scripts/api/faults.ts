/**
 * What a public name must not lack, and must not have: every one is
 * documented, none is an `any`.
 */
import ts from 'typescript'
import { isPrivate } from './print.ts'
import type { PublicName, Surface } from './surface.ts'

/** One line for each fault in the surface. */
export function faultsOfSurface(surface: Surface): string[] {
  const seen = new Set<ts.Symbol>()
  const exported = surface.entryPoints.flatMap((entry) =>
    entry.names.flatMap((name) => {
      if (seen.has(name.symbol)) return []
      seen.add(name.symbol)
      return faultsOfName(`${entry.specifier}: ${name.name}`, name, surface.checker)
    }),
  )
  const unexported = surface.unexported.flatMap((name) => anyIn(`not exported: ${name.name}`, name))
  return [...exported, ...unexported]
}

function faultsOfName(where: string, name: PublicName, checker: ts.TypeChecker): string[] {
  const members = name.declarations.flatMap((declaration) =>
    ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)
      ? [...declaration.members]
      : [],
  )
  return [
    ...(isDocumented(name.symbol, checker) ? [] : [`${where} has no docstring`]),
    ...members
      .filter((member) => !isPrivate(member))
      .flatMap((member) => undocumented(where, member, checker)),
    ...anyIn(where, name),
  ]
}

function undocumented(
  where: string,
  member: ts.ClassElement | ts.TypeElement,
  checker: ts.TypeChecker,
): string[] {
  const symbol = member.name && checker.getSymbolAtLocation(member.name)
  if (!symbol || isDocumented(symbol, checker) || explainsItself(member, symbol)) return []
  return [`${where}.${symbol.name} has no docstring`]
}

/** These options mean the same everywhere: where time and randomness come from. */
const sameEverywhere = new Set(['clock', 'random'])

/** A member whose type is one constant, such as `admitted: true`; and the name that every error has. */
function explainsItself(member: ts.ClassElement | ts.TypeElement, symbol: ts.Symbol): boolean {
  if (sameEverywhere.has(symbol.name)) return true
  if (symbol.name === 'name' && ts.isGetAccessor(member)) return true
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isLiteralTypeNode(member.type)
}

/** A docstring of its own, or that of the interface or class it comes from. */
function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return symbol.getDocumentationComment(checker).length > 0
}

function anyIn(where: string, { declarations }: PublicName): string[] {
  let found = false
  const visit = (node: ts.Node): void => {
    if (isPrivate(node)) return
    if (node.kind === ts.SyntaxKind.AnyKeyword) found = true
    ts.forEachChild(node, visit)
  }
  for (const declaration of declarations) visit(declaration)
  return found ? [`${where} says any`] : []
}
