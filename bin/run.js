#!/usr/bin/env node
import {startWithSupportedNode} from './node-version.js';

if (startWithSupportedNode(import.meta.url)) {
  const {run} = await import('../dist/src/cli/main.js');
  await run(import.meta.url);
}
