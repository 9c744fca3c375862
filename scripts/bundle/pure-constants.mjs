/**
 * Marks the constants of a module as free of side effects, so that a user's
 * bundler may leave out those it has no use for.
 *
 * A bundler knows that of a module as a whole, from the manifest, but not of
 * a call in the middle of a bundle: `const RULES = { burst: integerFrom(1) }`
 * would be kept for everybody. The house rule is that importing has no
 * effect; a statement at the top of a module that is no declaration is refused.
 */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** @type {import('esbuild').Plugin} */
export const pureConstants = {
  name: 'pure-constants',
  setup(build) {
    build.onLoad({ filter: /[.]ts$/ }, ({ path }) => ({
      contents: markPure(path, readFileSync(path, 'utf8')),
      loader: 'ts',
    }))
  },
}

/**
 * Wraps the value of each constant that is more than a literal in a call that is marked as pure.
 *
 * @param {string} path - for the message
 * @param {string} text - a module
 * @returns {string} the same module
 */
export function markPure(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  /** @type {ts.Expression[]} */
  const values = []
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { initializer } of statement.declarationList.declarations) {
        if (initializer && mayHaveEffects(initializer)) values.push(initializer)
      }
    } else if (!isDeclaration(statement)) {
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart())
      throw new Error(
        `${path}:${line + 1}: importing a module must have no effect; move this into a function`,
      )
    }
  }
  return values.reduceRight((marked, value) => {
    const [from, to] = [value.getStart(), value.end]
    return `${marked.slice(0, from)}/* @__PURE__ */ (() => (${marked.slice(from, to)}))()${marked.slice(to)}`
  }, text)
}

/** @param {ts.Statement} statement */
function isDeclaration(statement) {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  )
}

/**
 * Whether a bundler has to take into account that evaluating this does something: what a function in it does is done
 * when it is called.
 *
 * @param {ts.Node} node
 * @returns {boolean}
 */
function mayHaveEffects(node) {
  if (ts.isFunctionLike(node)) return false
  return (
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isSpreadAssignment(node) ||
    ts.isSpreadElement(node) ||
    ts.isIdentifier(node) ||
    ts.isBinaryExpression(node) ||
    Boolean(ts.forEachChild(node, (child) => mayHaveEffects(child)))
  )
}
