#!/usr/bin/env node
// Builds from the sources first, then runs: for working on inventiv itself.
import {startWithSupportedNode} from './node-version.js';

if (startWithSupportedNode(import.meta.url)) {
  await import('../esbuild.config.js');
  const {run} = await import('../dist/src/cli/main.js');
  await run(import.meta.url);
}
