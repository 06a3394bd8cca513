// Shows the schema of REST. The bundle puts SwaggerUIBundle on the window.
const place = document.getElementById("docs");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  displayRequestDuration: true,
  // The validator is a service outside the bank.
  validatorUrl: null,
});
