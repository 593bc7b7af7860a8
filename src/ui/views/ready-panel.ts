import {formatDuration} from '../../core/time.ts';
import {pricePerHourText} from '../amounts.ts';
import {heading} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {indent, printableLine} from '../text.ts';

/** How to call what is ready now: the chat, then `serve` with curl and the official SDK, then how to stop paying. */
export function renderReady(instances: readonly InstanceShape[], serveUrl: string, screen: Screen): string {
  const [first] = instances;
  if (first === undefined) return '';
  const model = printableLine(first.model);
  return [
    ...instances.map(instance => readyLine(instance, screen)),
    '',
    `${heading('Talk to it', screen)}    inventiv chat --model ${model}`,
    '',
    heading('Call it as an OpenAI server', screen),
    ...indent([
      'inventiv serve      # in another terminal',
      'export INVENTIV_API_KEY=$(inventiv keys create laptop --quiet)',
      '',
      ...curlLines(serveUrl, model),
      '',
      ...sdkLines(serveUrl, model),
    ]),
    '',
    `${heading('Stop paying', screen)}   inventiv down ${instances.map(instance => instance.name).join(' ')}`,
  ].join('\n');
}

function readyLine(instance: InstanceShape, screen: Screen): string {
  const took =
    instance.readyAt === null
      ? ''
      : ` in ${formatDuration(Date.parse(instance.readyAt) - Date.parse(instance.createdAt))}`;
  const price = screen.style.dim(` ${screen.symbols.bullet} ${pricePerHourText(instance.pricePerHourNanos)}`);
  return `${screen.style.green(screen.symbols.done)} ${screen.style.bold(instance.name)} is ready${took}${price}`;
}

function curlLines(serveUrl: string, model: string): string[] {
  return [
    `curl ${serveUrl}/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $INVENTIV_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"model": "${model}",`,
    `       "messages": [{"role": "user", "content": "Hello"}]}'`,
  ];
}

function sdkLines(serveUrl: string, model: string): string[] {
  return [
    "import OpenAI from 'openai';",
    'const openai = new OpenAI({',
    `  baseURL: '${serveUrl}/v1',`,
    '  apiKey: process.env.INVENTIV_API_KEY,',
    '});',
    'const answer = await openai.chat.completions.create({',
    `  model: '${model}',`,
    "  messages: [{role: 'user', content: 'Hello'}],",
    '});',
  ];
}
