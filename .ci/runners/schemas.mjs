// What GitHub's own parser says of the workflows, and the API's schemas of the manifests: a line for each fault, and
// status 1 if there is one. node schemas.mjs FOLDER, which has node_modules.
import {readFile, readdir} from 'node:fs/promises';
import {createRequire, register} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const packages = join(process.argv[2], 'node_modules');
const load = path => import(pathToFileURL(join(packages, path)));
const yaml = createRequire(join(packages, 'any.js'))('js-yaml');

async function* files(folder) {
    for (const name of await readdir(join(import.meta.dirname, folder))) {
        yield [`${folder}/${name}`, await readFile(join(import.meta.dirname, folder, name), 'utf8')];
    }
}

function fault(place, message) {
    console.error(`${place}: ${message}`);
    process.exitCode = 1;
}

// The parser imports JSON without the attribute that Node.js wants.
register('data:text/javascript,' + encodeURIComponent(`export const load = (url, context, next) =>
    next(url, url.endsWith('.json') ? {...context, importAttributes: {type: 'json'}} : context);`));

const {parseWorkflow, convertWorkflowTemplate} = await load('@actions/workflow-parser/dist/index.js');
for await (const [name, content] of files('github')) {
    const {context, value} = parseWorkflow({name, content}, {verbose() {}, info() {}, error() {}});
    if (value) {
        await convertWorkflowTemplate(context, value);
    }
    for (const error of context.errors.getErrors()) {
        fault(`${name}:${error.range?.start.line}`, error.message);
    }
}

const groups = {'v1': 'IoK8sApiCoreV1', 'batch/v1': 'IoK8sApiBatchV1'};
for await (const [name, content] of files('kubernetes')) {
    const manifest = yaml.load(content);
    if (manifest.apiVersion in groups) {
        const schema = await load(`kubernetes-models/_schemas/${groups[manifest.apiVersion]}${manifest.kind}.js`);
        if (!schema.validate(manifest)) {
            schema.validate.errors.forEach(error => fault(name + error.instancePath, JSON.stringify(error.params)));
        }
    }
}
