#!/usr/bin/env node
// Plain JavaScript that Node 12 can parse, so that an old Node hears what is wrong instead of a syntax error.

const NEEDED = 24

const complaint = (version, path) => `lwm2mqtt needs Node ${NEEDED} or newer; this is ${version} (${path}).
Install a newer one from https://nodejs.org, or with a version manager: nvm install ${NEEDED}
In a clone of the repository, \`npm ci\` brings the right one for every npm script: npm run demo
`

function start(existsSync) {
  const built = new URL('../dist/main.js', import.meta.url)
  const source = new URL('../src/main.ts', import.meta.url)
  return import((existsSync(built) ? built : source).href)
}

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(complaint(process.version, process.execPath))
  process.exitCode = 1
} else {
  import('node:fs').then((fs) => start(fs.existsSync))
}
