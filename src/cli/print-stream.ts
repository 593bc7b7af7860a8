import {interruptedExit, interruptible, untilAborted} from './interrupt.ts';

/** Prints a stream item by item until it ends or the user leaves; returns the exit status. */
export async function printStream<T>(
  open: (signal: AbortSignal) => PromiseLike<AsyncIterable<T>>,
  print: (item: T) => void,
): Promise<number> {
  return await interruptible(async signal => {
    for await (const item of untilAborted(await open(signal), signal)) print(item);
    return interruptedExit(signal) ?? 0;
  });
}
