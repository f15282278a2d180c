import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'resume', summary: 'not built yet' });
