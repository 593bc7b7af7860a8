import {boolean, integer, option} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {printStream} from '../../src/cli/print-stream.ts';
import {eventTopics} from '../../src/core/events.ts';
import {renderEvent} from '../../src/ui/views/lines.ts';

export default class EventsTail extends BaseCommand<typeof EventsTail> {
  static override summary = 'Print what happened, oldest first, and with --follow what happens';
  static override examples = [
    '<%= config.bin %> events tail --limit 20',
    '<%= config.bin %> events tail --topic instances --follow --json',
  ];
  static override flags = {
    follow: boolean({char: 'f', description: 'go on until Ctrl-C'}),
    after: integer({min: 0, description: 'only events after this id'}),
    topic: option({options: eventTopics, multiple: true, description: 'only this topic; may be repeated'})(),
    limit: integer({char: 'n', min: 1, max: 1000, default: 100, description: 'how many of the past'}),
  };

  async run(): Promise<void> {
    const {follow, after, topic, limit} = this.flags;
    await this.withClient(async client => {
      process.exitCode = await printStream(
        signal =>
          client.events.tail(
            {
              follow,
              limit,
              ...(after === undefined ? {} : {afterId: after}),
              ...(topic === undefined ? {} : {topics: topic}),
            },
            {signal},
          ),
        event => (this.out.mode.json ? this.out.jsonLine(event) : this.out.text(renderEvent(event, this.screen()))),
      );
    });
  }
}
