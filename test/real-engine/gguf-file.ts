/**
 * Writes GGUF version 3, the file format llama.cpp loads: a header, typed key-value metadata, a table of tensors and
 * their data, each tensor aligned to 32 bytes. Only the value types a tiny model needs are written.
 * Source: the format description in ggml's `docs/gguf.md`.
 */
export type GgufValue =
  | {readonly type: 'u32'; readonly value: number}
  | {readonly type: 'f32'; readonly value: number}
  | {readonly type: 'bool'; readonly value: boolean}
  | {readonly type: 'string'; readonly value: string}
  | {readonly type: 'strings'; readonly value: readonly string[]}
  | {readonly type: 'f32s'; readonly value: readonly number[]}
  | {readonly type: 'i32s'; readonly value: readonly number[]};

/** `shape` is in ggml order: the fastest-running dimension (the row length) first. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The bytes of a whole GGUF file holding these metadata entries and 32-bit float tensors. */
export function encodeGguf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensor[]): Buffer {
  const head = [Buffer.from('GGUF', 'ascii'), u32(GGUF_VERSION), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) head.push(text(key), ...encodeValue(value));

  let offsetBytes = 0;
  for (const tensor of tensors) {
    head.push(text(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64), u32(TENSOR_TYPE_F32));
    head.push(u64(offsetBytes));
    offsetBytes += aligned(tensor.data.byteLength);
  }

  const file = [padded(Buffer.concat(head))];
  for (const {data} of tensors) file.push(padded(Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
  return Buffer.concat(file);
}

const GGUF_VERSION = 3;
const ALIGNMENT_BYTES = 32;
const TENSOR_TYPE_F32 = 0;
const VALUE_TYPE = {u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9} as const;

function encodeValue(entry: GgufValue): Buffer[] {
  switch (entry.type) {
    case 'u32':
      return [u32(VALUE_TYPE.u32), u32(entry.value)];
    case 'f32':
      return [u32(VALUE_TYPE.f32), f32(entry.value)];
    case 'bool':
      return [u32(VALUE_TYPE.bool), Buffer.from([entry.value ? 1 : 0])];
    case 'string':
      return [u32(VALUE_TYPE.string), text(entry.value)];
    case 'strings':
      return [...arrayHead(VALUE_TYPE.string, entry.value), ...entry.value.map(text)];
    case 'f32s':
      return [...arrayHead(VALUE_TYPE.f32, entry.value), ...entry.value.map(f32)];
    case 'i32s':
      return [...arrayHead(VALUE_TYPE.i32, entry.value), ...entry.value.map(i32)];
  }
}

function arrayHead(elementType: number, values: readonly unknown[]): Buffer[] {
  return [u32(VALUE_TYPE.array), u32(elementType), u64(values.length)];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
