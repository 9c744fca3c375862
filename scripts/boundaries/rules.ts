/**
 * The rules of dependency-cruiser, made from the floors.
 */
import type { IForbiddenRuleType } from 'dependency-cruiser'
import { type Building, buildings, dashboardMaySee, library, packageImports } from './floors.ts'

type Rule = IForbiddenRuleType

const testFile = '[.]test[.]ts$'

/** Every rule of the workspace. */
export function boundaryRules(): Rule[] {
  return [
    ...buildings.flatMap(floorRules),
    ...Object.entries(packageImports).map(([name, allowed]) => packageRule(name, allowed)),
    ...generalRules,
  ]
}

/** One rule for each room: what lies beside it and above it is forbidden. */
function floorRules({ folder, floors }: Building): Rule[] {
  return floors.flatMap((rooms, floor) =>
    rooms.map((room) => {
      const forbidden = floors.slice(floor).flat()
      return {
        name: `${room} is on floor ${floor}: imports point down`,
        severity: 'error',
        from: { path: `^${folder}/${room}/`, pathNot: testFile },
        to: { path: `^${folder}/(${forbidden.join('|')})/`, pathNot: `^${folder}/${room}/` },
      } satisfies Rule
    }),
  )
}

function packageRule(name: string, allowed: readonly string[]): Rule {
  return {
    name: `${name} may import ${allowed.length > 0 ? allowed.join(' and ') : 'no other package'}`,
    severity: 'error',
    from: { path: `^packages/${name}/src/` },
    to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
  }
}

const generalRules: Rule[] = [
  {
    name: 'no cycles, of types neither',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'only tests import testing',
    severity: 'error',
    from: { path: `^${library.folder}/`, pathNot: [testFile, `^${library.folder}/testing/`] },
    to: { path: `^${library.folder}/testing/` },
  },
  {
    name: 'node:* only in adapters',
    severity: 'error',
    from: { path: `^${library.folder}/`, pathNot: [testFile, `^${library.folder}/adapters/`] },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'no npm package in the library outside adapters',
    severity: 'error',
    from: { path: `^${library.folder}/`, pathNot: [testFile, `^${library.folder}/adapters/`] },
    to: { path: 'node_modules/' },
  },
  {
    name: 'another package only through its public names',
    severity: 'error',
    from: { path: '^packages/([^/]+)/' },
    to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
  },
  {
    name: 'the dashboard sees the protocol alone',
    severity: 'error',
    from: { path: '^packages/dashboard/' },
    to: { path: '^packages/gateway/', pathNot: `^${dashboardMaySee}` },
  },
  {
    name: 'sources import neither tests nor scripts',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/', pathNot: testFile },
    to: { path: [testFile, '^packages/[^/]+/test/', '^(scripts|bench|examples)/'] },
  },
  {
    name: 'every import resolves',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
]
