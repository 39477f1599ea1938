# A REST API of customers, written as for TinyWeb 1.x: a class for each kind of resource, a method for each HTTP method.
#
#   curl http://localhost:8081/customers
#   curl http://localhost:8081/customers -d name=Alice -d city=Berlin
#   curl http://localhost:8081/customers/3
#   curl http://localhost:8081/customers/3 -X PUT -H 'Content-Type: application/json' -d '{"city": "Paris"}'
#   curl http://localhost:8081/customers/3 -X DELETE
#   curl http://localhost:8081/export
import json

import tinyweb
from tinyweb import HTTPException

app = tinyweb.webserver()

db = {'1': {'name': 'Jack', 'city': 'Oslo'}, '2': {'name': 'Bob', 'city': 'Rome'}}
next_id = 3


def fields(data):
    """Return the fields of a customer. JSON may also be a list or a number, which is an error for the client."""
    if not isinstance(data, dict):
        raise HTTPException(400, 'a customer is an object')
    return data


class CustomersList:

    def get(self, data):
        """Return all customers."""
        return db

    def post(self, data):
        """Add a customer. `data` is the form, the JSON or the query."""
        global next_id
        customer = fields(data)
        user_id = str(next_id)
        next_id += 1
        db[user_id] = customer
        return {'message': 'created', 'id': user_id}, 201


class Customer:

    def get(self, data, user_id):
        """Return one customer."""
        if user_id not in db:
            return {'message': 'no such customer'}, 404
        return db[user_id]

    def put(self, data, user_id):
        """Change the fields of a customer that the request has."""
        if user_id not in db:
            return {'message': 'no such customer'}, 404
        db[user_id].update(fields(data))
        return {'message': 'updated'}

    def delete(self, data, user_id):
        """Delete a customer."""
        if user_id not in db:
            return {'message': 'no such customer'}, 404
        del db[user_id]
        return {'message': 'deleted'}


app.add_resource(CustomersList, '/customers')
app.add_resource(Customer, '/customers/<user_id>')


# What a generator yields is sent at once, so a long list need not fit into the heap.
@app.resource('/export')
def export(data):
    yield '['
    comma = ''
    for user_id in list(db):
        yield comma + json.dumps({'id': user_id, 'name': db[user_id].get('name')})
        comma = ','
    yield ']'


def run():
    app.run(host='0.0.0.0', port=8081)


if __name__ == '__main__':
    run()
