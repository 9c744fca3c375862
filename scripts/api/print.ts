/**
 * Prints a declaration as a line of the report: no comments, nothing private.
 */
import ts from 'typescript'
import type { PublicName } from './surface.ts'

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

/** The declarations of one name, as TypeScript. */
export function printName({ name, symbol, declarations }: PublicName): string {
  const renamed = symbol.name === name ? [] : [`// exported as ${name}`]
  return [...renamed, ...declarations.map(printDeclaration)].join('\n')
}

function printDeclaration(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const { transformed } = ts.transform<ts.Node>(statement, [dropPrivateMembers])
  const [node = statement] = transformed
  const text = printer.printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile())
  return text.replace(/^export /, '').replace(/^declare /, '')
}

const dropPrivateMembers: ts.TransformerFactory<ts.Node> = (context) => {
  const visit = (node: ts.Node): ts.Node | undefined =>
    isPrivate(node) ? undefined : ts.visitEachChild(node, visit, context)
  return (node) => visit(node) ?? node
}

/** Whether a member of a class is closed to users: `#name`, `private`. */
export function isPrivate(node: ts.Node): boolean {
  if (!ts.isClassElement(node)) return false
  if (node.name && ts.isPrivateIdentifier(node.name)) return true
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0
}
