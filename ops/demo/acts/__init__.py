"""What people, companies and counselors do: each act goes through the services' HTTP APIs."""
