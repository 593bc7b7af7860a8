import type {TerminalEnv} from '../config/env.ts';
import {asciiSymbols, pipeColumns, type Screen, unicodeSymbols} from '../ui/screen.ts';
import {makeStyle} from '../ui/style.ts';

export interface ScreenOptions {
  readonly terminal: TerminalEnv;
  readonly noColourFlag: boolean;
  readonly nowMs: number;
}

/** The screen behind a stream at this moment. A pipe is wide and plain. */
export function makeScreen(
  stream: {isTTY?: boolean; columns?: number},
  {terminal, noColourFlag, nowMs}: ScreenOptions,
): Screen {
  const isTerminal = stream.isTTY === true;
  const wantsColour = terminal.forceColour || (isTerminal && !terminal.noColour);
  return {
    columns: terminal.columns ?? (isTerminal ? (stream.columns ?? 80) : pipeColumns),
    nowMs,
    style: makeStyle(wantsColour && !noColourFlag),
    symbols: terminal.asciiOnly ? asciiSymbols : unicodeSymbols,
  };
}

/** Whether views may redraw: a terminal that a person watches. */
export function canRedraw(stream: {isTTY?: boolean}, terminal: TerminalEnv): boolean {
  return stream.isTTY === true && !terminal.ci && !terminal.asciiOnly;
}
