/**
 * Measures a source file: its lines, and those of each function in it.
 */
import ts from 'typescript'

/** One function of a file. */
export interface FunctionSize {
  /** Its name, or that of what it is assigned to or passed to. */
  readonly name: string
  /** The line it starts on, from 1. */
  readonly line: number
  /** From its signature to its closing brace. */
  readonly lines: number
  /** Its positional parameters, `this` not counted; 0 for a callback, whose caller chose them. */
  readonly parameters: number
  /** Whether others can call it: it is exported, or a member of a class that is not private. */
  readonly isOpen: boolean
}

/** One file. */
export interface FileSize {
  readonly path: string
  readonly lines: number
  readonly isTest: boolean
  readonly functions: readonly FunctionSize[]
}

/** Measures the file with this path and text. */
export function measure(path: string, text: string): FileSize {
  const isTest = /[.]test[.]tsx?$|(^|\/)test\//.test(path)
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const functions: FunctionSize[] = []
  const visit = (node: ts.Node): void => {
    if (isFunctionWithBody(node) && !(isTest && isTestCallback(node))) functions.push(size(node, source))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { path, lines: text.trimEnd().split('\n').length, isTest, functions }
}

type FunctionWithBody = ts.FunctionLikeDeclaration & { readonly body: ts.Node }

function isFunctionWithBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function size(node: FunctionWithBody, source: ts.SourceFile): FunctionSize {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line
  const last = source.getLineAndCharacterOfPosition(node.end).line
  return {
    name: nameOf(node),
    line: first + 1,
    lines: last - first + 1,
    parameters: ts.isCallExpression(node.parent) ? 0 : countParameters(node),
    isOpen: isOpen(node),
  }
}

function isOpen(node: FunctionWithBody): boolean {
  if (ts.isClassElement(node)) return !(node.name && ts.isPrivateIdentifier(node.name))
  const statement = ts.isVariableDeclaration(node.parent) ? node.parent.parent.parent : node
  return ts.canHaveModifiers(statement) && Boolean(ts.getModifiers(statement)?.some(isExport))
}

function isExport(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword
}

function countParameters(node: FunctionWithBody): number {
  return node.parameters.filter((parameter) => parameter.name.getText() !== 'this').length
}

function nameOf(node: FunctionWithBody): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  if (node.name) return node.name.getText()
  const { parent } = node
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent)
  ) {
    return parent.name.getText()
  }
  return ts.isCallExpression(parent) ? `callback of ${parent.expression.getText().slice(0, 40)}` : 'function'
}

/** A `describe` is a chapter and an `it` a story: the file's own budget bounds them. */
function isTestCallback(node: ts.Node): boolean {
  if (!ts.isCallExpression(node.parent)) return false
  // `it.each(…)(…)` and `describeWithRedis(…)` are such words too.
  return /^(describe|it|test)([A-Z]\w*)?\b/.test(node.parent.expression.getText())
}
