// The walls of the house (docs/architecture.md). Each rule says what to do instead.

/** Everything below src/ that a layer may import, by folder. npm packages are ruled below. */
const layers = {
  core: [],
  ports: ['core'],
  app: ['core', 'ports'],
  api: ['core', 'ports', 'app'],
  serve: ['core', 'ports', 'app', 'api'],
  ui: ['core'],
  config: ['core'],
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports`,
  comment: `src/${layer} may import only ${[layer, ...allowed].join(', ')}. Move the code, or pass what it needs as an argument or through a port.`,
  severity: 'error',
  from: {path: `^src/${layer}/`},
  to: {path: '^(src|commands|bin)/', pathNot: [layer, ...allowed].map(name => `^src/${name}/`)},
}));

/** One technology, one place: a second user means a port is missing. */
const homes = [
  ['better-sqlite3|kysely', '^src/adapters/store/'],
  ['ssh2', '^src/adapters/ssh/'],
  ['@scaleway/', '^src/adapters/providers/scaleway/'],
  ['@napi-rs/keyring', '^src/adapters/secrets/'],
  ['ink|react|ink-spinner|listr2|cli-table3', '^src/ui/'],
  ['@oclif/', '^(src/cli|commands)/'],
  ['fastify|@fastify/|prom-client', '^src/serve/'],
  ['@orpc/', '^(src/api|src/cli)/'],
  ['yaml', '^(src/config/|src/adapters/providers/scaleway/)'],
];

const homeRules = homes.map(([name, home]) => ({
  name: `home-of-${name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}`,
  comment: `${name} lives in ${home}. Ask for it through a port, so that it can be replaced and faked.`,
  severity: 'error',
  from: {path: '^(src|commands)/', pathNot: home},
  to: {path: `node_modules/(${name})`},
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...homeRules,
    {
      name: 'core-is-pure',
      comment: 'core takes values and returns values: no Node, no packages but zod. Inject what it needs.',
      severity: 'error',
      from: {path: '^src/core/'},
      to: {dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: 'node_modules/zod/'},
    },
    {
      name: 'ports-are-interfaces',
      comment: 'A port is prose and types: it imports nothing that runs.',
      severity: 'error',
      from: {path: '^src/ports/'},
      to: {dependencyTypes: ['core', 'npm', 'npm-dev']},
    },
    {
      name: 'adapters-see-core-and-ports',
      comment: 'An adapter knows core and its port, nothing above it.',
      severity: 'error',
      from: {path: '^src/adapters/'},
      to: {path: '^(src/(app|api|serve|ui|cli|config|compose)|commands)'},
    },
    {
      name: 'adapters-do-not-know-each-other',
      comment:
        'One folder per technology. What two need belongs in core; what one needs of another, in a port. How a secret file is made is written down once, in adapters/private-file.ts.',
      severity: 'error',
      from: {path: '^src/adapters/(providers/[^/]+|[^/]+)/'},
      to: {path: '^src/adapters/', pathNot: '^src/adapters/($1/|private-file\\.ts$)'},
    },
    {
      name: 'only-compose-builds-adapters',
      comment: 'src/compose.ts and its folder make adapters; everybody else receives them.',
      severity: 'error',
      from: {path: '^(src|commands)/', pathNot: '^(src/compose(\\.ts|/)|src/adapters/)'},
      to: {path: '^src/adapters/'},
    },
    {
      name: 'cli-imports',
      comment: 'The command line calls the API and draws: it does not reach below it.',
      severity: 'error',
      from: {path: '^src/cli/'},
      to: {path: '^src/(app|ports|serve|adapters)/'},
    },
    {
      name: 'commands-are-thin',
      comment: 'A command turns flags into one API call and one view. Put the rest behind the API.',
      severity: 'error',
      from: {path: '^commands/', pathNot: '^commands/serve\\.ts$'},
      to: {path: '^src/', pathNot: '^src/(cli|ui|core)/'},
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: {path: '^(src|commands)/'},
      to: {circular: true, viaOnly: {pathNot: 'node_modules'}},
    },
    {
      name: 'no-test-code-in-the-product',
      comment: 'Fakes that ship live with their provider; the rest of test/ never ships.',
      severity: 'error',
      from: {path: '^(src|commands|bin)/'},
      to: {path: '^test/'},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types']},
  },
};
