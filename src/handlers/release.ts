/** What a deployment runs, to name it in the log. Local runs and tests have neither. */
export const release = { version: process.env['VERSION'], commit: process.env['COMMIT'] };
